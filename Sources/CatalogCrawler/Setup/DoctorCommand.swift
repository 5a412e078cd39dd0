import ArgumentParser
import Foundation
import Settings
import Transport

/// Checks everything that a support person would ask for.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check everything that a support person would ask for, and say what to do.",
    discussion: """
      Settings, hosts, credentials and what they may read, clock, lists against the last crawl, Code Search, database, \
      versions. Each check stands alone. Stores nothing; two or three requests for each organization.

      Exit code: 0 there is no problem (warnings do not count); 1 there is one; 64 wrong arguments; 130 interrupted.

      Examples:
        catalog-crawler doctor
        catalog-crawler doctor --quick --json
      """
  )

  @OptionGroup var options: CommonOptions

  @Flag(name: .long, help: "Do not read the database from end to end.")
  var quick = false

  func run() async throws {
    let (settings, notes) = readSettings()
    let path = options.databasePath(settings)
    let configuration = CurlClient.Configuration(settings?.crawler ?? ProgramSettings())
    let report = try await reportingFailures {
      let curl = CurlClient(configuration: configuration)
      defer { curl.close() }
      let isQuiet = options.quiet
      var doctor = Doctor(
        settings: settings,
        databasePath: path,
        send: { request throws(TransportError) in try await curl.send(request) },
        warn: { if !isQuiet { StandardError.print("warning: \($0)") } }
      )
      doctor.isThorough = !quick
      let made = doctor
      return DoctorReport(notes + (try await Signals.cancelling { try await made.run() }))
    }
    if !options.quiet {
      switch options.outputFormat {
      case .json: print(JSONOutput.text(of: report))
      case .text: print(report.text(.output))
      }
    }
    if !report.healthy { throw ExitCode(ExitCodes.nothingDone) }
  }

  /// The settings as far as they can be used, and what is to be said of them.
  private func readSettings() -> (CrawlerSettings?, [DoctorReport.Finding]) {
    let next = "correct it, then run 'catalog-crawler settings check'; docs/settings.md has every key"
    do throws(SettingsError) {
      let resolved = try SettingsFiles.resolve(
        explicit: options.config,
        folder: FileManager.default.currentDirectoryPath,
        environment: ProcessInfo.processInfo.environment
      )
      var findings = resolved.problems.map {
        DoctorReport.Finding("settings", nil, .problem, "\($0)", next: next)
      }
      findings += (resolved.warnings + resolved.ignored).map {
        DoctorReport.Finding("settings", nil, .warning, "\($0)", next: "see docs/settings.md")
      }
      if findings.isEmpty {
        let files = resolved.files.joined(separator: ", ")
        findings.append(DoctorReport.Finding("settings", nil, .ok, "\(files) can be used"))
      }
      return (resolved.values, findings)
    } catch {
      let next = "run 'catalog-crawler init', or name a file with --config"
      return (
        nil, error.problems.map { DoctorReport.Finding("settings", nil, .problem, "\($0)", next: next) }
      )
    }
  }
}
