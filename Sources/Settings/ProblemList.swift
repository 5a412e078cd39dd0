/// Collects what is wrong while the settings are read; belongs to one reading, on one task.
final class ProblemList {
  private(set) var problems: [SettingsProblem] = []
  private(set) var warnings: [SettingsProblem] = []
  /// The key paths that readers asked for, whether something is written there or not.
  private(set) var askedPaths: Set<String> = []

  /// How many problems there are so far.
  var count: Int { problems.count }

  func add(_ place: SettingsPlace, _ keyPath: String, _ message: String) {
    problems.append(SettingsProblem(place, keyPath: keyPath, message: message))
  }

  func warn(_ place: SettingsPlace, _ keyPath: String, _ message: String) {
    warnings.append(SettingsProblem(place, keyPath: keyPath, message: message))
  }

  func noteAsked(_ keyPath: String) { askedPaths.insert(keyPath) }
}
