import YAML

/// A value that comes out of another file, such as `{$text: ./openapi.yaml}`
/// (facts/backstage-catalog.md 3.1).
struct Placeholder: Sendable {
  /// What is made of the other file.
  enum Resolver: String, CaseIterable {
    case text = "$text"
    case json = "$json"
    case yaml = "$yaml"
    case openapi = "$openapi"
    case asyncapi = "$asyncapi"

    init?(_ key: UnsafeBufferPointer<UInt8>) {
      guard key.first == UInt8(ascii: "$"),
        let known = Self.allCases.first(where: { $0.rawValue.utf8.elementsEqual(key) })
      else { return nil }
      self = known
    }
  }

  /// The node it stands at.
  let node: Int
  let resolver: Resolver
  /// The address as it is written; nil when it is no string.
  let target: String?
  let mark: YAMLMark
  /// As in `Problem.keyPath`.
  let keyPath: String

  /// A placeholder if the node is one: a mapping of one key that names a resolver.
  static func resolver(of node: YAMLBorrowedNode) -> (resolver: Resolver, value: YAMLBorrowedNode)? {
    guard node.kind == .mapping else { return nil }
    var pairs = node.pairs
    guard let (key, value) = pairs.next(), pairs.next() == nil else { return nil }
    return Resolver(key.bytes).map { ($0, value) }
  }

  /// The placeholders of a document in the order of its text.
  ///
  /// The texts that say who the entity is cannot come out of a file: a placeholder there is left to the
  /// checks, which refuse it.
  static func all(in document: YAMLDocument) -> [Placeholder] {
    guard document.contains(UInt8(ascii: "$")) else { return [] }
    var search = Search()
    document.withRoot { root in
      for (key, value) in root.pairs where key.bytes.elementsEqual("metadata".utf8) {
        for (key, value) in value.pairs {
          guard !key.bytes.elementsEqual("name".utf8), !key.bytes.elementsEqual("namespace".utf8) else {
            continue
          }
          search.look(at: value, "metadata.\(key.text)")
        }
      }
      for (key, value) in root.pairs where key.bytes.elementsEqual("spec".utf8) {
        search.look(at: value, "spec")
      }
    }
    return search.found.sorted { $0.node < $1.node }
  }

  private struct Search {
    var found: [Placeholder] = []
    private var seen: Set<Int> = []

    mutating func look(at node: YAMLBorrowedNode, _ keyPath: String) {
      switch node.kind {
      case .null, .boolean, .integer, .float, .string:
        break
      case .sequence:
        var index = 0
        for element in node.elements {
          look(at: element, "\(keyPath)[\(index)]")
          index += 1
        }
      case .mapping:
        if let (resolver, value) = Placeholder.resolver(of: node) {
          // An alias stands for the node itself, which is there once.
          guard seen.insert(node.identity).inserted else { return }
          found.append(
            Placeholder(
              node: node.identity,
              resolver: resolver,
              target: value.string,
              mark: value.mark,
              keyPath: keyPath
            )
          )
          return
        }
        // A mapping with any such key is left as it is, and so is everything below it.
        guard !node.pairs.contains(where: { $0.key.bytes.first == UInt8(ascii: "$") }) else { return }
        for (key, value) in node.pairs { look(at: value, "\(keyPath).\(key.text)") }
      }
    }
  }
}
