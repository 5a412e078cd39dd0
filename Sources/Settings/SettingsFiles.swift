import YAML

/// Reads the settings from files and environment.
package enum SettingsFiles {
  /// Read in this order where they exist when no file is named.
  package static let defaultNames = ["app-config.yaml", "app-config.local.yaml"]

  /// The version of the library that parses them.
  package static var yamlVersion: String { YAMLLibrary.version }

  /// Reads, merges and checks the settings.
  ///
  /// A file is laid over the ones before it: objects merge deeply, lists and scalars are replaced, `null`
  /// hides. Variables `APP_CONFIG_...` are laid over all files (facts/backstage-azure.md 1.8).
  ///
  /// - Parameters:
  ///   - explicit: The files of `--config` in order; when empty, `app-config.yaml` and then
  ///     `app-config.local.yaml` of `folder`, where they exist.
  ///   - folder: Where relative file names begin, and relative paths of `APP_CONFIG_...` variables.
  ///   - environment: Variables by name.
  ///   - noting: Told the absolute path of each file before it is read, of those too that `$file` and `$include`
  ///     take in and of those that are not there: what has to change for the settings to be others.
  /// - Throws: Every problem that was found: no file at all, a file that cannot be read, a value that is
  ///   missing, wrong or unknown, and values that contradict each other.
  package static func read(
    explicit: [String],
    folder: String,
    environment: [String: String],
    noting: @escaping @Sendable (_ path: String) -> Void = { _ in }
  ) throws(SettingsError) -> CrawlerSettings {
    try read(explicit: explicit, folder: folder, environment: environment, files: .disk.noting(noting))
  }

  static func read(
    explicit: [String],
    folder: String,
    environment: [String: String],
    files: FileAccess
  ) throws(SettingsError) -> CrawlerSettings {
    let reading = try reading(explicit: explicit, folder: folder, environment: environment, files: files)
    guard reading.problems.problems.isEmpty else { throw SettingsError(problems: reading.problems.problems) }
    return reading.settings
  }

  /// Reads, merges and checks the settings, and says of each value where it comes from.
  ///
  /// - Throws: That there is no file at all; every other problem is in what is returned.
  package static func resolve(
    explicit: [String],
    folder: String,
    environment: [String: String]
  ) throws(SettingsError) -> ResolvedSettings {
    try resolve(explicit: explicit, folder: folder, environment: environment, files: .disk)
  }

  static func resolve(
    explicit: [String],
    folder: String,
    environment: [String: String],
    files: FileAccess
  ) throws(SettingsError) -> ResolvedSettings {
    let reading = try reading(explicit: explicit, folder: folder, environment: environment, files: files)
    return ResolvedSettings(
      files: reading.files,
      root: reading.root,
      values: reading.settings,
      problems: reading.problems
    )
  }

  /// What came of reading the files.
  private struct Reading {
    var files: [String]
    /// Nil when there is nothing in them.
    var root: ConfigNode?
    /// To be used only when no problem was noted.
    var settings: CrawlerSettings
    var problems: ProblemList
  }

  private static func reading(
    explicit: [String],
    folder: String,
    environment: [String: String],
    files: FileAccess
  ) throws(SettingsError) -> Reading {
    let problems = ProblemList()
    let names = try names(explicit: explicit, folder: folder, files: files)
    let substitution = Substitution(environment: environment)
    let loader = ConfigLoader(substitution: substitution, files: files, problems: problems)

    var root: ConfigNode?
    for name in names {
      let path = FilePath.absolute(name, in: folder)
      guard let node = loader.load(path: path, name: name) else { continue }
      root = root?.merged(with: node) ?? node
    }
    let overrides = EnvironmentOverrides(problems: problems, folder: FilePath.absolute(".", in: folder))
    if let node = overrides.read(environment) { root = root?.merged(with: node) ?? node }

    let place = SettingsPlace(file: names.last ?? "")
    let settings = SettingsReader(root: root, place: place, problems: problems).read()
    return Reading(files: names, root: root, settings: settings, problems: problems)
  }

  private static func names(
    explicit: [String],
    folder: String,
    files: FileAccess
  ) throws(SettingsError) -> [String] {
    guard explicit.isEmpty else { return explicit }
    let found = defaultNames.map { FilePath.absolute($0, in: folder) }.filter { path in
      if case .failure(let problem) = files.read(path) { !problem.isMissing } else { true }
    }
    guard found.isEmpty else { return found }
    let folder = FilePath.absolute(".", in: folder)
    let message = "there is neither app-config.yaml nor app-config.local.yaml; name a file with --config"
    let problem = SettingsProblem(file: folder, line: nil, column: nil, keyPath: "", message: message)
    throw SettingsError(problems: [problem])
  }
}

/// Makes settings of the merged files.
struct SettingsReader {
  let root: ConfigNode?
  /// What problems with values that are not there refer to.
  let place: SettingsPlace
  let problems: ProblemList

  /// The settings; to be used only when no problem was noted.
  func read() -> CrawlerSettings {
    let root = Setting(keyPath: "", node: root, place: root?.place ?? place, problems: problems)
    let catalog = root.object("catalog")
    let integrations = IntegrationReader().read(root.object("integrations")["azure"])
    let hosts = integrations.map(\.host)
    let providers = ProviderReader(hosts: hosts).read(catalog.object("providers")["azureDevOps"])
    var settings = CrawlerSettings(
      integrations: integrations,
      providers: providers,
      locations: CatalogReader().locations(catalog["locations"]),
      rules: CatalogReader().rules(catalog["rules"]),
      crawler: ProgramReader(hosts: hosts).read(root["crawler"])
    )
    settings.isReadOnly = catalog["readonly"].boolean() ?? false
    if settings.scope.isEmpty {
      let message = "no organization is named: neither by a provider nor by a credential nor by "
      problems.warn(place, "", message + "crawler.organizations")
    }
    settings.warnings = problems.warnings
    return settings
  }
}

extension Setting {
  /// The object at a key; anything else there is noted.
  fileprivate func object(_ key: String) -> Setting {
    let setting = self[key]
    if setting.isWritten { _ = setting.isObject() }
    return setting
  }
}
