import YAML

/// Makes one text of an API definition that is spread over several files
/// (`$openapi` and `$asyncapi`, facts/backstage-catalog.md 3.1).
///
/// What a `$ref` of another file names is put in its place; a second reference to the same thing points to
/// where it was put first, so that definitions which refer to each other end too. A reference that cannot be
/// followed, because it leads to another host or to what cannot be asked for, stays as it is.
struct DefinitionBundle {
  /// What came of it.
  enum Outcome {
    /// UTF-8.
    case text([UInt8])
    /// Addresses that have to be read first.
    case needs([String])
    /// A sentence that says why it cannot be done.
    case failed(String)
  }

  private struct Target: Hashable {
    var address: String
    var pointer: String
  }

  private struct Fault: Error {
    var message: String
  }

  /// Deeper than any definition that people write, and shallow enough for a thread's stack.
  private static let maxDepth = 200

  private let root: String
  private let resolve: FileContext.Resolve
  private let files: [String: IncludedFile]
  private let limits: YAMLLimits
  private var documents: [String: YAMLDocument] = [:]
  private var missing: [String] = []
  /// Where in the result a thing of another file stands.
  private var places: [Target: String] = [:]
  private var isBundled = false
  private var writer = YAMLWriter()

  /// - Parameters:
  ///   - address: Of the file that the placeholder names.
  ///   - files: What was read so far, by address.
  static func outcome(
    of address: String,
    files: [String: IncludedFile],
    limits: YAMLLimits,
    resolve: @escaping FileContext.Resolve
  ) -> Outcome {
    var bundle = DefinitionBundle(root: address, resolve: resolve, files: files, limits: limits)
    guard case .content(let bytes)? = files[address] else { return .needs([address]) }
    do throws(Fault) {
      let document = try bundle.document(address)
      try bundle.write(document.root, of: address, at: "", level: 0, isInLine: false)
    } catch {
      return .failed(error.message)
    }
    if !bundle.missing.isEmpty { return .needs(bundle.missing) }
    return .text(bundle.isBundled ? bundle.writer.text : bytes)
  }

  private init(
    root: String,
    resolve: @escaping FileContext.Resolve,
    files: [String: IncludedFile],
    limits: YAMLLimits
  ) {
    self.root = root
    self.resolve = resolve
    self.files = files
    self.limits = limits
  }

  // MARK: - Writing

  private mutating func write(
    _ node: YAMLNode,
    of address: String,
    at path: String,
    level: Int,
    isInLine: Bool
  ) throws(Fault) {
    guard level <= Self.maxDepth else {
      throw Fault(message: "it is nested deeper than \(Self.maxDepth) levels")
    }
    switch node.kind {
    case .mapping where node.count > 0:
      var isInLine = isInLine
      for (key, value) in node.pairs {
        writer.key(key.bytes, level: level, isInLine: isInLine)
        isInLine = false
        try writeValue(value, of: address, at: "\(path)/\(Self.escaped(key.text))", level: level + 1)
      }
    case .sequence where node.count > 0:
      var isInLine = isInLine
      var index = 0
      for element in node.elements {
        writer.dash(level: level, isInLine: isInLine)
        isInLine = false
        try writeValue(element, of: address, at: "\(path)/\(index)", level: level + 1, isElement: true)
        index += 1
      }
    default:
      writer.value(node)
    }
  }

  /// Writes what stands behind a key or a dash, whose line is begun.
  private mutating func writeValue(
    _ node: YAMLNode,
    of address: String,
    at path: String,
    level: Int,
    isElement: Bool = false
  ) throws(Fault) {
    let (node, address, reference) = try followed(node, of: address, at: path)
    if let reference {
      if !isElement { writer.endLine() } else { writer.blank() }
      writer.key("$ref".utf8, level: level, isInLine: isElement)
      writer.blank()
      writer.value(reference)
    } else if node.count == 0 {
      writer.blank()
      writer.value(node)
    } else if isElement {
      writer.blank()
      try write(node, of: address, at: path, level: level, isInLine: true)
    } else {
      writer.endLine()
      try write(node, of: address, at: path, level: level, isInLine: false)
    }
  }

  // MARK: - References

  /// What stands in a node's place: itself, what it refers to, or the text of another reference.
  private mutating func followed(
    _ node: YAMLNode,
    of address: String,
    at path: String
  ) throws(Fault) -> (node: YAMLNode, address: String, reference: String?) {
    var (node, address) = (node, address)
    while let text = node["$ref"]?.string {
      guard let target = target(of: text, in: address) else { break }
      if target.address == root {
        return (node, address, address == root ? text : "#\(target.pointer)")
      }
      if let place = places[target] {
        guard place != path else { throw Fault(message: "the reference '\(text)' leads back to itself") }
        return (node, address, "#\(place)")
      }
      if case .unknown? = files[target.address] { break }
      guard files[target.address] != nil else {
        if !missing.contains(target.address) { missing.append(target.address) }
        break
      }
      guard let found = try self.node(at: target) else {
        throw Fault(message: "the reference '\(text)' names nothing in \(target.address)")
      }
      isBundled = true
      places[target] = path
      (node, address) = (found, target.address)
    }
    return (node, address, nil)
  }

  /// Nil when the reference is to be left as it is.
  private func target(of text: String, in address: String) -> Target? {
    let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let file = String(parts[0])
    let pointer = parts.count > 1 ? String(parts[1]) : ""
    if file.isEmpty { return Target(address: address, pointer: pointer) }
    guard case .success(let address) = resolve(file, address) else { return nil }
    return Target(address: address.text, pointer: pointer)
  }

  private mutating func node(at target: Target) throws(Fault) -> YAMLNode? {
    var node = try document(target.address).root
    for part in target.pointer.split(separator: "/") {
      let name = (part.removingPercentEncodingInASCII ?? String(part)).replacing("~1", with: "/")
        .replacing("~0", with: "~")
      if let child = node[dynamic: name] {
        node = child
      } else if node.kind == .sequence, let index = Int(name),
        let child = node.elements.dropFirst(index).first(where: { _ in true })
      {
        node = child
      } else {
        return nil
      }
    }
    return node
  }

  private mutating func document(_ address: String) throws(Fault) -> YAMLDocument {
    if let known = documents[address] { return known }
    guard case .content(let bytes)? = files[address] else {
      if case .failed(_, let message)? = files[address] { throw Fault(message: "\(address): \(message)") }
      throw Fault(message: "\(address) was not read")
    }
    do throws(YAMLProblem) {
      let document = try IncludedFile.document(in: bytes, limits: limits)
      documents[address] = document
      return document
    } catch {
      throw Fault(message: "\(address): \(error)")
    }
  }

  /// A key as a part of a JSON pointer (RFC 6901, 3).
  private static func escaped(_ key: String) -> String {
    key.replacing("~", with: "~0").replacing("/", with: "~1")
  }
}

extension Substring {
  /// Percent escapes written out; nil when one is malformed or the result is not UTF-8.
  fileprivate var removingPercentEncodingInASCII: String? {
    guard utf8.contains(UInt8(ascii: "%")) else { return String(self) }
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
