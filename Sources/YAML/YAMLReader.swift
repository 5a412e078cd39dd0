/// Reads the documents of a YAML text, with the place of every node.
///
/// Syntax is libyaml's; what a plain scalar means follows the core schema of YAML 1.2 (`yes` and `on` are
/// strings, `0o14` is 12, dates are strings, `<<` is an ordinary key), as Backstage's reader has it
/// (facts/backstage-catalog.md 2).
///
/// The documents of a text are independent: a document that cannot be read is a problem of its own and
/// the ones before and after it are still read.
package enum YAMLReader {
  /// One document of a text: what it holds, or why it cannot be read.
  package enum Item: Sendable {
    case document(YAMLDocument)
    case problem(YAMLProblem)
  }

  /// Reads every document that has content; documents that are empty or hold only comments are left out.
  ///
  /// - Parameter bytes: UTF-8 text, with or without a byte order mark. Any other encoding is one problem
  ///   for the whole text.
  /// - Returns: The documents and problems in the order of the text; empty when the text has no content.
  package static func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> [Item] {
    if let problem = YAMLText.problem(in: bytes, limits: limits) { return [.problem(problem)] }
    let text = bytes.starts(with: YAMLText.byteOrderMark) ? bytes[3...] : bytes[...]
    let whole = readStream(text, firstLine: 1, limits: limits)
    guard case .failure(let first) = whole else { return items(of: whole) }
    if first.isOfWholeText { return [.problem(first)] }

    // The text has an error. libyaml stops at the first one, so each document is read on its own.
    let pieces = YAMLText.documents(of: text)
    guard pieces.count > 1 else { return [.problem(first)] }
    var found: [Item] = []
    for piece in pieces {
      found += items(of: readStream(piece.text, firstLine: piece.firstLine, limits: limits))
      guard found.count <= limits.maxDocuments else {
        return [.problem(.tooManyDocuments(limit: limits.maxDocuments))]
      }
    }
    return found
  }

  private static func readStream(
    _ text: ArraySlice<UInt8>,
    firstLine: Int,
    limits: YAMLLimits
  ) -> Result<[YAMLDocument], YAMLProblem> {
    guard !text.isEmpty else { return .success([]) }
    do throws(YAMLProblem) {
      return .success(try EventReader.documents(in: text, firstLine: firstLine, limits: limits))
    } catch {
      return .failure(error)
    }
  }

  private static func items(of result: Result<[YAMLDocument], YAMLProblem>) -> [Item] {
    switch result {
    case .success(let documents): documents.map(Item.document)
    case .failure(let problem): [.problem(problem)]
    }
  }
}

/// How much a YAML text may hold before it is refused.
package struct YAMLLimits: Sendable {
  /// The largest text, in bytes.
  package var maxBytes = 5 << 20
  /// How deep collections may be nested.
  package var maxDepth = 100
  /// How many nodes the aliases of one document may add to it, so that a text of a few lines cannot
  /// expand to millions of nodes.
  package var maxAliases = 10_000
  /// How many documents one text may hold.
  package var maxDocuments = 1_000

  package init() {}
}
