import Catalog
import Reporting

/// The report as commands in the log of a pipeline, which the service shows beside the files.
package enum PipelineLogs {
  /// Logging commands of Azure Pipelines (Azure DevOps documentation, "Logging commands").
  ///
  /// - Parameter isFailed: Whether the task is to be marked as failed.
  package static func azurePipelines(_ report: ValidationReport, isFailed: Bool) -> String {
    var text = ""
    for file in report.files {
      for problem in file.problems {
        var properties = "type=\(problem.severity.rawValue);sourcepath=\(azureProperty(file.path));"
        if let place = problem.place {
          properties += "linenumber=\(place.line);columnnumber=\(place.column);"
        }
        properties += "code=\(azureProperty(problem.rule));"
        text += "##vso[task.logissue \(properties)]\(azureData(problem.message))\n"
      }
    }
    if isFailed { text += "##vso[task.complete result=Failed;]\(azureData(report.summary))\n" }
    return text
  }

  /// Workflow commands of GitHub Actions (GitHub documentation, "Workflow commands").
  package static func github(_ report: ValidationReport) -> String {
    var text = ""
    for file in report.files {
      for problem in file.problems {
        var properties = "file=\(githubProperty(file.path))"
        if let place = problem.place { properties += ",line=\(place.line),col=\(place.column)" }
        properties += ",title=\(githubProperty(problem.rule))"
        text += "::\(problem.severity.rawValue) \(properties)::\(githubData(problem.message))\n"
      }
    }
    return text
  }

  private static func azureData(_ text: String) -> String {
    replaced(text, ["%": "%AZP25", "\r": "%0D", "\n": "%0A"])
  }

  private static func azureProperty(_ text: String) -> String {
    replaced(text, ["%": "%AZP25", "\r": "%0D", "\n": "%0A", "]": "%5D", ";": "%3B"])
  }

  private static func githubData(_ text: String) -> String {
    replaced(text, ["%": "%25", "\r": "%0D", "\n": "%0A"])
  }

  private static func githubProperty(_ text: String) -> String {
    replaced(text, ["%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"])
  }

  /// The text with some characters replaced, and every other control character by its picture.
  private static func replaced(_ text: String, _ replacements: [Unicode.Scalar: String]) -> String {
    // Scalar by scalar: CR and LF are one `Character`.
    text.unicodeScalars.reduce(into: "") { result, scalar in
      result += replacements[scalar] ?? DisplayText.line(String(scalar)).text
    }
  }
}
