package import YAML

/// What a catalog file says: its documents, each judged on its own, so that good ones beside bad ones count.
package struct CatalogFile: Sendable {
  /// Raised whenever the rules change, so that stored verdicts of unchanged files are made anew.
  package static let rulesVersion = 2

  /// The documents that have content, in the order of the file.
  ///
  /// A file that cannot be read at all has one document, which is invalid and may stand for any entity.
  package let documents: [CatalogDocument]

  /// What is wrong with the file as a whole: its size, its encoding, the number of its documents.
  package let fileProblems: [Problem]

  /// The lines that problems are in.
  private let lines: [ProblemLine: String]

  /// - Parameter text: What was read.
  init(documents: [CatalogDocument], fileProblems: [Problem], of text: [UInt8]) {
    self.documents = documents
    self.fileProblems = fileProblems
    lines = ProblemLine.all(of: fileProblems + documents.flatMap(\.problems), in: text)
  }

  /// The line that a problem of this file is in; empty for one at the end of the file.
  ///
  /// At most twice `SourceExcerpt.maxCharacters` characters around the column, with an ellipsis where the line goes on.
  package func line(of problem: Problem) -> String { lines[ProblemLine(problem)] ?? "" }

  /// All problems in the order of the file.
  package var problems: [Problem] { fileProblems + documents.flatMap(\.problems) }

  /// Reads the documents of a file by itself: placeholders count as valid and stay as they are, and nothing
  /// is said of where the file is.
  ///
  /// - Parameter bytes: UTF-8, with or without a byte order mark. Empty files and files of only comments
  ///   have no documents and no problems.
  package static func read(_ bytes: [UInt8], limits: CatalogLimits = .init()) -> CatalogFile {
    CatalogFileReader(bytes, limits: limits, context: nil).read()
  }

  /// Of documents with one ref the last one counts; the ones before it become invalid.
  static func supersedeEarlierClaims(in documents: inout [CatalogDocument]) {
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
  /// How many problems of one file are told before each further document tells only its first.
  package var maxFileProblems = 1_000
  /// How many bytes the placeholders of one file may take in.
  package var maxIncludedBytes = 20 << 20

  package init() {}
}

extension Problem {
  init(_ problem: YAMLProblem) {
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
