import CYAML

/// Turns libyaml's events into documents.
struct EventReader {
  /// What a node amounts to with its aliases written out.
  private struct Size {
    var nodes = 0
    /// The bytes of its scalars.
    var bytes = 0
    /// How many collections lie inside each other; 0 for a scalar.
    var depth = 0

    mutating func add(_ child: Size) {
      nodes += child.nodes
      bytes += child.bytes
      depth = max(depth, child.depth)
    }
  }

  /// A collection that is being read.
  private struct Open {
    var entry: Int
    var anchor: String?
    /// Of what is inside it so far.
    var size = Size()
  }

  private let limits: YAMLLimits
  private let firstLine: Int
  /// Where lines begin, in characters, in a text whose lines libyaml counts otherwise than we do.
  private let lineStarts: [Int]?
  private var entries: [YAMLDocument.Entry] = []
  private var text: [UInt8] = []
  private var open: [Open] = []
  /// Anchors of the document: the node that each stands at.
  private var anchors: [String: (entry: Int, size: Size)] = [:]
  /// What the aliases of the document add to it.
  private var aliased = Size()
  private var documents: [YAMLDocument] = []

  /// The documents of a text that have content.
  ///
  /// - Parameter firstLine: The line of the file that the text begins at.
  /// - Throws: The first problem of the text.
  static func documents(
    in text: ArraySlice<UInt8>,
    firstLine: Int,
    limits: YAMLLimits
  ) throws(YAMLProblem) -> [YAMLDocument] {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else {
      preconditionFailure("no memory for a YAML parser")
    }
    defer { yaml_parser_delete(&parser) }
    var reader = EventReader(
      limits: limits,
      firstLine: firstLine,
      lineStarts: text.withUnsafeBufferPointer(YAMLText.ownLineStarts)
    )
    // Most files are one document, whose scalars and places need about this much.
    reader.text.reserveCapacity(text.count)
    reader.entries.reserveCapacity(text.count / 12)
    let result: Result<Void, YAMLProblem> = text.withUnsafeBufferPointer { bytes in
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      return reader.readEvents(of: &parser, in: bytes)
    }
    try result.get()
    return reader.documents
  }

  private init(limits: YAMLLimits, firstLine: Int, lineStarts: [Int]?) {
    self.limits = limits
    self.firstLine = firstLine
    self.lineStarts = lineStarts
  }

  private mutating func readEvents(
    of parser: inout yaml_parser_t,
    in bytes: UnsafeBufferPointer<UInt8>
  ) -> Result<Void, YAMLProblem> {
    var event = yaml_event_t()
    while true {
      guard yaml_parser_parse(&parser, &event) == 1 else {
        return .failure(syntaxProblem(of: parser, in: bytes))
      }
      defer { yaml_event_delete(&event) }
      if event.type == YAML_STREAM_END_EVENT { return .success(()) }
      do throws(YAMLProblem) {
        try take(event)
      } catch {
        return .failure(error)
      }
    }
  }

  private mutating func take(_ event: yaml_event_t) throws(YAMLProblem) {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      anchors = [:]
      aliased = Size()
    case YAML_DOCUMENT_END_EVENT:
      try finishDocument()
    case YAML_SCALAR_EVENT:
      takeScalar(event)
    case YAML_SEQUENCE_START_EVENT:
      try begin(.sequence, anchor: event.data.sequence_start.anchor, event)
    case YAML_MAPPING_START_EVENT:
      try begin(.mapping, anchor: event.data.mapping_start.anchor, event)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      try end()
    case YAML_ALIAS_EVENT:
      try takeAlias(event)
    default:
      break
    }
  }

  /// Keeps the document unless it is empty: a document of only comments has one null of no length.
  private mutating func finishDocument() throws(YAMLProblem) {
    defer {
      // Fresh ones: a document keeps its arrays, and emptying those in place would copy their capacity.
      entries = []
      text = []
    }
    guard let root = entries.first, root.kind != .null else { return }
    guard documents.count < limits.maxDocuments else { throw .tooManyDocuments(limit: limits.maxDocuments) }
    documents.append(YAMLDocument(entries: entries, text: text))
  }

  private mutating func takeScalar(_ event: yaml_event_t) {
    let scalar = event.data.scalar
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let start = text.count
    var kind = YAMLDocument.Kind.string
    let isPlain = scalar.plain_implicit == 1 && scalar.style == YAML_PLAIN_SCALAR_STYLE
    if isPlain || isCoreScalarTag(scalar.tag) { kind = YAMLScalar.kind(of: bytes) }
    if kind != .string, isAtKey {
      text.append(contentsOf: YAMLScalar.key(kind, bytes))
      kind = .string
    } else {
      text.append(contentsOf: bytes)
    }
    let size = Size(nodes: 1, bytes: text.count - start)
    if let anchor = scalar.anchor { anchors[name(anchor)] = (entries.count, size) }
    append(kind, event.start_mark, start: start, count: text.count - start)
    added(size)
  }

  /// `!!int "7"` and its like: the tag asks for what the text says.
  private func isCoreScalarTag(_ tag: UnsafePointer<UInt8>?) -> Bool {
    guard let tag else { return false }
    let length = (0...).first { tag[$0] == 0 } ?? 0
    return [
      "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float",
    ].contains { (coreTag: StaticString) in
      coreTag.isEqual(to: UnsafeBufferPointer(start: tag, count: length))
    }
  }

  private mutating func begin(
    _ kind: YAMLDocument.Kind,
    anchor: UnsafePointer<UInt8>?,
    _ event: yaml_event_t
  ) throws(YAMLProblem) {
    guard open.count < limits.maxDepth else { throw tooDeep(at: event) }
    if isAtKey { throw collectionAsKey(kind, at: event) }
    open.append(Open(entry: entries.count, anchor: anchor.map(name)))
    append(kind, event.start_mark, start: 0, count: 0)
  }

  private mutating func end() throws(YAMLProblem) {
    var closed = open.removeLast()
    closed.size.nodes += 1
    closed.size.depth += 1
    entries[closed.entry].end = Int32(entries.count)
    if entries[closed.entry].kind == .mapping { try checkKeys(of: closed.entry) }
    if let anchor = closed.anchor { anchors[anchor] = (closed.entry, closed.size) }
    added(closed.size)
  }

  private mutating func takeAlias(_ event: yaml_event_t) throws(YAMLProblem) {
    let alias = name(event.data.alias.anchor)
    guard let (target, size) = anchors[alias] else {
      let message = "alias '*\(alias)' names no anchor that stands before it in this document"
      throw YAMLProblem(rule: .alias, message: message, mark: mark(event.start_mark))
    }
    if isAtKey {
      try takeAliasAsKey(of: entries[target], event)
      return
    }
    aliased.nodes += size.nodes
    aliased.bytes += size.bytes
    guard aliased.nodes <= limits.maxAliases else {
      let message = "aliases expand to more than \(limits.maxAliases) nodes"
      throw YAMLProblem(rule: .alias, message: message, mark: mark(event.start_mark))
    }
    guard aliased.bytes <= limits.maxBytes else {
      let message = "aliases expand to more than \(limits.maxBytes) bytes"
      throw YAMLProblem(rule: .alias, message: message, mark: mark(event.start_mark))
    }
    guard open.count + size.depth <= limits.maxDepth else { throw tooDeep(at: event) }
    append(.alias, event.start_mark, start: target, count: 0)
    added(size)
  }

  /// A key has its own text even where an alias stands for it, because a value of the text `1.0` is
  /// another key than it is a value.
  private mutating func takeAliasAsKey(
    of target: YAMLDocument.Entry,
    _ event: yaml_event_t
  ) throws(YAMLProblem) {
    guard target.kind != .mapping, target.kind != .sequence else {
      throw collectionAsKey(target.kind, at: event)
    }
    let bytes = Array(text[Int(target.start)..<Int(target.start + target.count)])
    aliased.nodes += 1
    aliased.bytes += bytes.count
    guard aliased.nodes <= limits.maxAliases, aliased.bytes <= limits.maxBytes else {
      let message = "aliases expand to more than \(limits.maxAliases) nodes or \(limits.maxBytes) bytes"
      throw YAMLProblem(rule: .alias, message: message, mark: mark(event.start_mark))
    }
    let start = text.count
    bytes.withUnsafeBufferPointer { text.append(contentsOf: YAMLScalar.key(target.kind, $0)) }
    append(.string, event.start_mark, start: start, count: text.count - start)
    added(Size(nodes: 1, bytes: text.count - start))
  }

  private func tooDeep(at event: yaml_event_t) -> YAMLProblem {
    let message = "collections are nested deeper than \(limits.maxDepth) levels"
    return YAMLProblem(rule: .limit, message: message, mark: mark(event.start_mark))
  }

  private func collectionAsKey(_ kind: YAMLDocument.Kind, at event: yaml_event_t) -> YAMLProblem {
    let message = "a key must be a single value, not a \(kind == .mapping ? "mapping" : "list")"
    return YAMLProblem(rule: .syntax, message: message, mark: mark(event.start_mark))
  }

  /// Whether the next node is a key of a mapping.
  private var isAtKey: Bool {
    guard let parent = open.last?.entry else { return false }
    return entries[parent].kind == .mapping && entries[parent].count & 1 == 0
  }

  private mutating func append(_ kind: YAMLDocument.Kind, _ place: yaml_mark_t, start: Int, count: Int) {
    let mark = mark(place)
    let entry = YAMLDocument.Entry(
      kind: kind,
      line: Int32(mark.line),
      column: Int32(mark.column),
      start: Int32(start),
      count: Int32(count),
      end: Int32(entries.count + 1)
    )
    entries.append(entry)
  }

  /// Counts a node that is complete as a child of the collection around it.
  private mutating func added(_ size: Size) {
    let last = open.count - 1
    guard last >= 0 else { return }
    entries[open[last].entry].count += 1
    open[last].size.add(size)
  }

  private func checkKeys(of mapping: Int) throws(YAMLProblem) {
    let keys = DuplicateKeys(entries: entries, text: text)
    guard let duplicate = keys.first(in: mapping) else { return }
    throw .duplicateKey(keys.key(at: duplicate), at: entries[duplicate])
  }

  private func syntaxProblem(of parser: yaml_parser_t, in bytes: UnsafeBufferPointer<UInt8>) -> YAMLProblem {
    var message = parser.problem.map { String(cString: $0) } ?? "the text is not YAML"
    let before: Slice<UnsafeBufferPointer<UInt8>>
    if parser.error == YAML_READER_ERROR {
      // libyaml reads ahead, so its own mark is not where the character stands.
      message += " (character \(parser.problem_value))"
      before = bytes[..<min(Int(parser.problem_offset), bytes.count)]
    } else {
      if let context = parser.context { message = "\(String(cString: context)): \(message)" }
      // Behind a last line without an end libyaml begins one more, which is not in the text.
      before = YAMLText.prefix(bytes, characters: Int(parser.problem_mark.index))
    }
    var place = YAMLText.mark(behind: before)
    place.line += firstLine - 1
    return YAMLProblem(rule: .syntax, message: message, mark: place)
  }

  private func mark(_ place: yaml_mark_t) -> YAMLMark {
    guard let lineStarts else { return YAMLMark(line: firstLine + place.line, column: place.column + 1) }
    // The last line that begins at the place or before it.
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= place.index { low = middle } else { high = middle }
    }
    return YAMLMark(line: firstLine + low, column: place.index - lineStarts[low] + 1)
  }

  private func name(_ pointer: UnsafePointer<UInt8>) -> String { String(cString: pointer) }
}
