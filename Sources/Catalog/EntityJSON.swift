import YAML

/// Writes an entity as JSON: what the document says, and what the catalog adds to it.
struct EntityJSON {
  private let parts: EntityParts
  private let context: FileContext?
  private var json: [UInt8] = []

  static func text(of parts: EntityParts, context: FileContext?) -> [UInt8] {
    var writer = EntityJSON(parts: parts, context: context)
    writer.json.reserveCapacity(1_536)
    writer.writeRoot()
    return writer.json
  }

  private init(parts: EntityParts, context: FileContext?) {
    self.parts = parts
    self.context = context
  }

  private mutating func writeRoot() {
    json.append(UInt8(ascii: "{"))
    var isFirst = true
    for (key, value) in parts.root.pairs {
      begin(key.bytes, &isFirst)
      if key.bytes.elementsEqual("metadata".utf8) {
        writeMetadata(value)
      } else {
        value.appendJSON(to: &json)
      }
    }
    json.append(UInt8(ascii: "}"))
  }

  private mutating func writeMetadata(_ metadata: YAMLBorrowedNode) {
    json.append(UInt8(ascii: "{"))
    var isFirst = true
    var (hasAnnotations, hasNamespace) = (false, false)
    for (key, value) in metadata.pairs {
      // The catalog gives its own (facts/backstage-catalog.md 1.3).
      if StaticString("uid").isEqual(to: key.bytes) { continue }
      begin(key.bytes, &isFirst)
      if StaticString("annotations").isEqual(to: key.bytes) {
        hasAnnotations = true
        writeAnnotations(value)
      } else {
        if StaticString("namespace").isEqual(to: key.bytes) { hasNamespace = true }
        value.appendJSON(to: &json)
      }
    }
    if !hasAnnotations, context?.annotations != nil {
      begin("annotations", &isFirst)
      writeAnnotations(nil)
    }
    if !hasNamespace {
      begin("namespace", &isFirst)
      string(EntityRef.defaultNamespace)
    }
    json.append(UInt8(ascii: "}"))
  }

  // MARK: - Annotations (facts/backstage-catalog.md 5.1, 5.2)

  private static let editURL = "backstage.io/edit-url"
  private static let viewURL = "backstage.io/view-url"

  private mutating func writeAnnotations(_ own: YAMLBorrowedNode?) {
    let (forced, defaults) = added
    json.append(UInt8(ascii: "{"))
    var isFirst = true
    var written: Set<String> = []
    for (key, value) in own?.pairs.map({ $0 }) ?? [] {
      guard !forced.contains(where: { $0.key.utf8.elementsEqual(key.bytes) }) else { continue }
      begin(key.bytes, &isFirst)
      if isScript(value, at: key) {
        string("https://backstage.io/annotation-rejected-for-security-reasons")
      } else {
        value.appendJSON(to: &json)
      }
      if defaults.contains(where: { $0.key.utf8.elementsEqual(key.bytes) }) { written.insert(key.text) }
    }
    for (key, value) in forced + defaults where !written.contains(key) {
      begin(key, &isFirst)
      string(value)
    }
    json.append(UInt8(ascii: "}"))
  }

  /// What the catalog says whatever the document says, and what it says where the document does not.
  private var added: (forced: [(key: String, value: String)], defaults: [(key: String, value: String)]) {
    guard let context, let annotations = context.annotations else { return ([], []) }
    let forced = [
      (key: "backstage.io/managed-by-location", value: context.location),
      (key: "backstage.io/managed-by-origin-location", value: context.origin),
    ]
    var defaults: [(key: String, value: String)] = []
    func add(_ key: String, _ value: String?) {
      if let value { defaults.append((key, value)) }
    }
    add(Self.viewURL, annotations.viewURL)
    add(Self.editURL, annotations.viewURL.flatMap { Self.namesCommit($0) ? nil : $0 })
    add("backstage.io/source-location", annotations.sourceLocation)
    if parts.kind.bytes.elementsEqual("Component".utf8) {
      add("dev.azure.com/project-repo", annotations.projectRepository)
      add("dev.azure.com/host-org", annotations.hostOrganization)
    }
    return (forced, defaults)
  }

  /// Whether an address that people will follow would run a script.
  private func isScript(_ value: YAMLBorrowedNode, at key: YAMLBorrowedNode) -> Bool {
    guard key.bytes.elementsEqual(Self.viewURL.utf8) || key.bytes.elementsEqual(Self.editURL.utf8) else {
      return false
    }
    return LocationRef.isScript(value.text)
  }

  /// Whether an address names a commit, which cannot be edited: as its version, or by a word of 40 or more
  /// hexadecimal digits.
  static func namesCommit(_ url: String) -> Bool {
    // Looking for it in the text itself takes longer than everything else that is done with an address.
    let version = Array("version=GC".utf8)
    var rest = url.utf8[...]
    while let start = rest.firstIndex(of: version[0]) {
      rest = rest[start...]
      if rest.starts(with: version) { return true }
      rest = rest.dropFirst()
    }
    var digits = 0
    var isWord = true
    for byte in url.utf8 {
      let isDigit = (0x30...0x39).contains(byte)
      let isLetter = (0x61...0x7A).contains(byte | 0x20)
      if isDigit || (0x61...0x66).contains(byte) {
        digits += 1
      } else if isLetter || byte == UInt8(ascii: "_") {
        (digits, isWord) = (0, false)
      } else {
        if isWord, digits >= 40 { return true }
        (digits, isWord) = (0, true)
      }
    }
    return isWord && digits >= 40
  }

  // MARK: - Pieces

  private mutating func begin(_ key: UnsafeBufferPointer<UInt8>, _ isFirst: inout Bool) {
    if !isFirst { json.append(UInt8(ascii: ",")) }
    isFirst = false
    JSONText.appendString(key, to: &json)
    json.append(UInt8(ascii: ":"))
  }

  private mutating func begin(_ key: String, _ isFirst: inout Bool) {
    if !isFirst { json.append(UInt8(ascii: ",")) }
    isFirst = false
    string(key)
    json.append(UInt8(ascii: ":"))
  }

  private mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { JSONText.appendString($0, to: &json) }
  }
}
