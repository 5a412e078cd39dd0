import Catalog

/// The report for programs.
///
/// The shape is documented in `docs/commands.md`; members are added, never renamed.
package enum ValidationJSON {
  package static func text(of report: ValidationReport) -> String { JSONOutput.text(of: Report(report)) }

  private struct Report: Encodable {
    var files: [File]
    var summary: Summary

    init(_ report: ValidationReport) {
      files = report.files.map(File.init)
      summary = Summary(
        files: report.files.count,
        entities: report.entities,
        errors: report.errors,
        warnings: report.warnings
      )
    }
  }

  private struct Summary: Encodable {
    var files: Int
    var entities: Int
    var errors: Int
    var warnings: Int
  }

  private struct File: Encodable {
    var path: String
    var entities: [Entity]
    var problems: [Problem]

    init(_ file: FileReport) {
      path = file.path
      entities = file.entities.map { Entity(ref: $0.ref.description, line: $0.line) }
      problems = file.problems.map(Problem.init)
    }
  }

  private struct Entity: Encodable {
    var ref: String
    var line: Int
  }

  private struct Problem: Encodable {
    var severity: String
    var rule: String
    var message: String
    var line: Int?
    var column: Int?
    var keyPath: String
    var ref: String?

    init(_ problem: ReportedProblem) {
      severity = problem.severity.rawValue
      rule = problem.rule
      message = problem.message
      line = problem.place?.line
      column = problem.place?.column
      keyPath = problem.keyPath
      ref = problem.ref?.description
    }
  }
}
