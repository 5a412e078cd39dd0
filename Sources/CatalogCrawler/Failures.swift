import ArgumentParser
import CatalogStore
import Crawl
import Settings

/// Exit codes (decisions of the project; the numbers above 63 are those of sysexits.h).
enum ExitCodes {
  static let nothingDone: Int32 = 1
  static let partial: Int32 = 2
  static let usage: Int32 = 64
  static let busy: Int32 = 75
  static let settings: Int32 = 78
  static let interrupted: Int32 = 130
  /// What a shell says of a program that is ended by SIGPIPE.
  static let notWanted: Int32 = 141
}

/// Runs a command's work and turns what it throws into a message and an exit code.
func reportingFailures<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let error as SettingsError {
    StandardError.print("error: the settings cannot be used:\n\(error)")
    StandardError.print(
      "next: correct them (docs/settings.md has every key), or let 'catalog-crawler init' write new ones"
    )
    throw ExitCode(ExitCodes.settings)
  } catch let error as CrawlScopeError {
    StandardError.print("error: \(error)")
    if error.isInSettings {
      StandardError.print(
        "next: name organizations in the settings; 'catalog-crawler settings print' shows what holds"
      )
    }
    throw ExitCode(error.isInSettings ? ExitCodes.settings : ExitCodes.usage)
  } catch let error as KindRulesError {
    StandardError.print("error: the settings cannot be used:\n\(error)")
    StandardError.print("next: correct catalog.rules, then run 'catalog-crawler settings check'")
    throw ExitCode(ExitCodes.settings)
  } catch is CancellationError {
    throw ExitCode(ExitCodes.interrupted)
  } catch let error as OutputError {
    throw ExitCode(error.report())
  } catch let error as CrawlLeaseError {
    StandardError.print("error: \(error)")
    throw ExitCode(ExitCodes.busy)
  } catch let error as RequestFailure {
    StandardError.print("error: \(error)")
    throw ExitCode(error.exitCode)
  } catch let error as ServiceRunningError {
    StandardError.print("error: \(error)")
    throw ExitCode(ExitCodes.busy)
  } catch let error as StoreError {
    StandardError.print("error: \(error)")
    if let step = error.nextStep { StandardError.print("next: \(step)") }
    if case .busy = error { throw ExitCode(ExitCodes.busy) }
    throw ExitCode(ExitCodes.nothingDone)
  }
}

/// Says what an error of the database means, and of which file.
func reportingDatabase<Value>(at path: String, _ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch {
    throw StoreError(error, path: path) ?? error
  }
}

extension StoreError {
  /// What to do about it; nil when the message says so itself.
  fileprivate var nextStep: String? {
    switch self {
    case .cannotOpen(_, let reason):
      reason.contains("'catalog-crawler sync'")
        ? nil
        : "give the path with --database or crawler.database, and look at who may read the file and its folder"
    case .newerSchema:
      "use the newer program, or put the copy back that its migration made (docs/commands.md)"
    case .backupFailed: "make room or choose another folder, then try again"
    case .failed: "'catalog-crawler doctor' looks at the file and the room on its disk"
    case .notACatalog, .olderSchema, .busy: nil
    }
  }
}
