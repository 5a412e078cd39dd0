@testable import Settings

/// Settings read from texts in memory.
enum SettingsFixture {
  static let folder = "/config"

  /// Reads the files as if `--config` named them in the order of the array.
  static func read(
    files: [(name: String, text: String)],
    besides: [String: String] = [:],
    environment: [String: String] = [:]
  ) throws(SettingsError) -> CrawlerSettings {
    var contents = besides
    for file in files { contents[FilePath.absolute(file.name, in: folder)] = file.text }
    return try SettingsFiles.read(
      explicit: files.map(\.name),
      folder: folder,
      environment: environment,
      files: memory(contents)
    )
  }

  /// Reads one file, `app-config.yaml`.
  static func read(
    _ text: String,
    environment: [String: String] = [:]
  ) throws(SettingsError) -> CrawlerSettings {
    try read(files: [("app-config.yaml", text)], environment: environment)
  }

  /// The problems that reading one file finds; empty when there are none.
  static func problems(_ text: String, environment: [String: String] = [:]) -> [String] {
    do throws(SettingsError) {
      _ = try read(text, environment: environment)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  /// Files in memory by absolute path.
  static func memory(_ contents: [String: String]) -> FileAccess {
    FileAccess { path in
      guard let text = contents[path] else {
        return .failure(FileAccess.Problem(reason: "there is no such file", isMissing: true))
      }
      return .success(Array(text.utf8))
    }
  }
}
