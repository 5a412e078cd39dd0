import YAML

/// The content of a catalog file, parsed, whichever file it is the content of.
package struct CatalogText: Sendable {
  package let bytes: [UInt8]
  fileprivate let items: [YAMLReader.Item]
  /// For each item; empty for a problem.
  fileprivate let placeholders: [[Placeholder]]

  /// About how many bytes of memory it takes.
  package var footprint: Int {
    items.reduce(bytes.count + 200) { sum, item in
      guard case .document(let document) = item else { return sum + 200 }
      return sum + document.footprint
    }
  }

  /// - Parameter bytes: UTF-8, with or without a byte order mark.
  package init(_ bytes: [UInt8], limits: CatalogLimits = .init()) {
    self.bytes = bytes
    items = YAMLReader.read(bytes, limits: limits.yaml)
    placeholders = items.map { item in
      guard case .document(let document) = item else { return [] }
      return Placeholder.all(in: document)
    }
  }
}

/// Reads a catalog file whose placeholders take in other files.
///
/// The text is parsed once. Then the files that are needed are given, in as many rounds as it takes (what a
/// definition refers to is known only when it was read), and at last the documents are judged.
package struct CatalogFileReader: Sendable {
  /// So many other files may one catalog file take in.
  package static let maxIncludedFiles = 200

  private let bytes: [UInt8]
  private let items: [YAMLReader.Item]
  /// For each item; empty for a problem.
  private let placeholders: [[Placeholder]]
  private let limits: CatalogLimits
  private let context: FileContext?
  private var files: [String: IncludedFile] = [:]
  private var includedBytes = 0

  /// The addresses of the files that are still to be given to `include`; empty when the file can be judged.
  package private(set) var neededFiles: [String] = []

  /// - Parameters:
  ///   - bytes: UTF-8, with or without a byte order mark.
  ///   - context: Where the file is; nil leaves placeholders as they are and counts them as valid.
  package init(_ bytes: [UInt8], limits: CatalogLimits = .init(), context: FileContext?) {
    self.init(CatalogText(bytes, limits: limits), limits: limits, context: context)
  }

  /// - Parameter text: Parsed by the same limits.
  package init(_ text: CatalogText, limits: CatalogLimits = .init(), context: FileContext?) {
    bytes = text.bytes
    items = text.items
    self.limits = limits
    self.context = context
    placeholders = context == nil ? text.items.map { _ in [] } : text.placeholders
    findNeeds()
  }

  /// Gives the content of files that are needed, by address, and looks what is needed then.
  package mutating func include(_ files: [String: IncludedFile]) {
    for (address, file) in files {
      if case .content(let bytes) = file { includedBytes += bytes.count }
      self.files[address] = file
    }
    findNeeds()
  }

  private var maxBytes: Int { limits.yaml.maxBytes + limits.maxIncludedBytes }

  private mutating func findNeeds() {
    neededFiles = []
    guard let context else { return }
    var seen: Set<String> = []
    let expansion = PlaceholderExpansion(
      context: context,
      limits: limits.yaml,
      maxBytes: maxBytes,
      files: files
    )
    for placeholders in placeholders where !placeholders.isEmpty {
      for address in expansion.needs(of: placeholders) where seen.insert(address).inserted {
        neededFiles.append(address)
      }
    }
    let isTooMuch =
      files.count + neededFiles.count > Self.maxIncludedFiles || includedBytes > limits.maxIncludedBytes
    // What is still needed then becomes a problem of its placeholder.
    if isTooMuch { neededFiles = [] }
  }

  /// Judges the documents.
  ///
  /// Of documents with one ref the last one that is an entity stands for it; the ones before it become
  /// invalid with a warning (facts/backstage-catalog.md C085, C086).
  package func read() -> CatalogFile {
    var documents: [CatalogDocument] = []
    var limits = limits
    var untold = limits.maxFileProblems
    for (item, placeholders) in zip(items, placeholders) {
      let number = documents.count + 1
      switch item {
      case .document(let document):
        limits.maxProblems = min(limits.maxProblems, max(1, untold))
        let read = read(document, placeholders, number: number, limits)
        untold -= read.problems.count
        documents.append(read)
      case .problem(let problem) where problem.isOfWholeText:
        let unread = CatalogDocument(number: 1, line: 1, content: .invalid(claimed: nil), problems: [])
        return CatalogFile(documents: [unread], fileProblems: [Problem(problem)], of: bytes)
      case .problem(let problem):
        documents.append(
          CatalogDocument(
            number: number,
            line: problem.mark.line,
            content: .invalid(claimed: nil),
            problems: [Problem(problem)]
          )
        )
      }
    }
    if documents.count > 1 { CatalogFile.supersedeEarlierClaims(in: &documents) }
    return CatalogFile(documents: documents, fileProblems: [], of: bytes)
  }

  private func read(
    _ document: YAMLDocument,
    _ placeholders: [Placeholder],
    number: Int,
    _ limits: CatalogLimits
  ) -> CatalogDocument {
    guard let context, !placeholders.isEmpty else {
      return document.withRoot {
        DocumentReader.read($0, number: number, limits: limits, context: context, problems: [])
      }
    }
    let expansion = PlaceholderExpansion(
      context: context,
      limits: limits.yaml,
      maxBytes: maxBytes,
      files: files
    )
    let (expanded, problems) = expansion.expand(document, placeholders)
    return expanded.withRoot {
      DocumentReader.read($0, number: number, limits: limits, context: context, problems: problems)
    }
  }
}
