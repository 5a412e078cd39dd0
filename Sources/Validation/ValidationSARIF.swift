import Catalog

/// The report as SARIF 2.1.0, which code scanning services read
/// (OASIS, Static Analysis Results Interchange Format 2.1.0).
package enum ValidationSARIF {
  /// - Parameters:
  ///   - version: The program's version.
  ///   - folder: The absolute path of the working folder: files in it get relative addresses.
  package static func text(of report: ValidationReport, version: String, folder: String) -> String {
    JSONOutput.text(of: Log(report, version: version, folder: folder))
  }

  private struct Log: Encodable {
    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case version, runs
    }

    var schema = "https://json.schemastore.org/sarif-2.1.0.json"
    var version = "2.1.0"
    var runs: [Run]

    init(_ report: ValidationReport, version: String, folder: String) {
      runs = [Run(report, version: version, folder: folder)]
    }
  }

  private struct Run: Encodable {
    var tool: Tool
    /// Columns count Unicode scalars, as libyaml does.
    var columnKind = "unicodeCodePoints"
    var results: [Result] = []

    init(_ report: ValidationReport, version: String, folder: String) {
      var rules: [Rule] = []
      var indexes: [String: Int] = [:]
      for file in report.files {
        let address = FileURI.text(of: file.path, in: folder)
        for problem in file.problems {
          let index = indexes[problem.rule] ?? rules.count
          if index == rules.count {
            indexes[problem.rule] = index
            rules.append(Rule(problem.rule))
          }
          results.append(Result(problem, ruleIndex: index, address: address))
        }
      }
      tool = Tool(driver: Driver(version: version, rules: rules))
    }
  }

  private struct Tool: Encodable {
    var driver: Driver
  }

  private struct Driver: Encodable {
    var name = "catalog-crawler"
    var version: String
    var rules: [Rule]
  }

  private struct Rule: Encodable {
    var id: String
    var shortDescription: Message

    init(_ id: String) {
      self.id = id
      shortDescription = Message(text: RuleDescription.text(of: id))
    }
  }

  private struct Message: Encodable {
    var text: String
  }

  private struct Result: Encodable {
    var ruleId: String
    var ruleIndex: Int
    var level: String
    var message: Message
    var locations: [Location]

    init(_ problem: ReportedProblem, ruleIndex: Int, address: String) {
      ruleId = problem.rule
      self.ruleIndex = ruleIndex
      level = problem.severity == .error ? "error" : "warning"
      message = Message(text: problem.message)
      locations = [Location(problem, address: address)]
    }
  }

  private struct Location: Encodable {
    var physicalLocation: PhysicalLocation
    /// Where the problem is in terms of the entity; absent when neither is known.
    var logicalLocations: [LogicalLocation]?

    init(_ problem: ReportedProblem, address: String) {
      physicalLocation = PhysicalLocation(
        artifactLocation: ArtifactLocation(uri: address),
        // Code scanning wants a place, also in a file that cannot be read.
        region: Region(startLine: problem.place?.line ?? 1, startColumn: problem.place?.column ?? 1)
      )
      let parts = [problem.ref?.description, problem.keyPath.isEmpty ? nil : problem.keyPath]
      let name = parts.compactMap(\.self).joined(separator: " ")
      if !name.isEmpty { logicalLocations = [LogicalLocation(fullyQualifiedName: name)] }
    }
  }

  private struct PhysicalLocation: Encodable {
    var artifactLocation: ArtifactLocation
    var region: Region
  }

  private struct ArtifactLocation: Encodable {
    var uri: String
  }

  private struct Region: Encodable {
    var startLine: Int
    var startColumn: Int
  }

  private struct LogicalLocation: Encodable {
    var fullyQualifiedName: String
  }
}
