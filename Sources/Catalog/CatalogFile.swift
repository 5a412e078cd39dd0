package import YAML

/// What a catalog file says: its documents, each judged on its own, so that good ones beside bad ones count.
package struct CatalogFile: Sendable {
  /// Raised whenever the rules change, so that stored verdicts of unchanged files are made anew.
  package static let rulesVersion = 1

  /// The documents that have content, in the order of the file.
  ///
  /// A file that cannot be read at all has one document, which is invalid and may stand for any entity.
  package let documents: [CatalogDocument]

  /// What is wrong with the file as a whole: its size, its encoding, the number of its documents.
  package let fileProblems: [Problem]

  /// All problems in the order of the file.
  package var problems: [Problem] { fileProblems + documents.flatMap(\.problems) }

  /// Reads the documents of a file.
  ///
  /// Of documents with one ref the last one that is an entity stands for it; the ones before it become
  /// invalid with a warning (facts/backstage-catalog.md C085, C086).
  ///
  /// - Parameter bytes: UTF-8, with or without a byte order mark. Empty files and files of only comments
  ///   have no documents and no problems.
  package static func read(_ bytes: [UInt8], limits: CatalogLimits = .init()) -> CatalogFile {
    var documents: [CatalogDocument] = []
    for item in YAMLReader.read(bytes, limits: limits.yaml) {
      let number = documents.count + 1
      switch item {
      case .document(let document):
        documents.append(
          document.withRoot { DocumentReader.read($0, number: number, limits: limits) }
        )
      case .problem(let problem) where problem.isOfWholeText:
        let unread = CatalogDocument(number: 1, line: 1, content: .invalid(claimed: nil), problems: [])
        return CatalogFile(documents: [unread], fileProblems: [Problem(problem)])
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
    if documents.count > 1 { supersedeEarlierClaims(in: &documents) }
    return CatalogFile(documents: documents, fileProblems: [])
  }

  private static func supersedeEarlierClaims(in documents: inout [CatalogDocument]) {
    var lineOfLast: [EntityRef: Int] = [:]
    for index in documents.indices.reversed() {
      guard case .entity(let entity) = documents[index].content else { continue }
      guard let line = lineOfLast[entity.ref] else {
        lineOfLast[entity.ref] = entity.line
        continue
      }
      documents[index].content = .invalid(claimed: entity.ref)
      documents[index].problems.append(
        Problem(
          rule: "duplicate-ref",
          severity: .warning,
          message: "\(entity.ref) stands again at line \(line), and the last document of a file counts",
          line: entity.line,
          column: entity.column,
          keyPath: ""
        )
      )
    }
  }
}

/// How much a catalog file may hold before it is refused.
package struct CatalogLimits: Sendable {
  package var yaml = YAMLLimits()
  /// How many problems of one document are told; the rest is counted in one more.
  package var maxProblems = 100

  package init() {}
}

extension Problem {
  fileprivate init(_ problem: YAMLProblem) {
    self.init(
      rule: problem.rule.rawValue,
      severity: .error,
      message: problem.message,
      line: problem.mark.line,
      column: problem.mark.column,
      keyPath: ""
    )
  }
}
