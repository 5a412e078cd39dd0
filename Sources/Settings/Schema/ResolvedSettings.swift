import Foundation

/// A value of the settings, and where it comes from.
package struct ResolvedSetting: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    /// Of a secret: never its text.
    case hidden
    /// Names a variable that is not set; with the reason.
    case unset(String)
    case null
    case boolean(Bool)
    /// As it is written.
    case number(String)
    case text(String)
    /// A list of plain values.
    case list([Value])
  }

  package enum Source: Sendable, Equatable {
    case file(SettingsPlace)
    /// A variable `APP_CONFIG_...`.
    case environment(name: String)
    case option(String)
    case builtIn
  }

  /// For example `integrations.azure[0].credentials[1].organizations`.
  package var keyPath: String
  package var value: Value
  package var source: Source
  /// The environment variables that the value is made of; empty for none.
  package var variables: [String]

  package init(keyPath: String, value: Value, source: Source, variables: [String] = []) {
    self.keyPath = keyPath
    self.value = value
    self.source = source
    self.variables = variables
  }
}

/// The settings as they come together, for people who look for a mistake.
package struct ResolvedSettings: Sendable {
  /// The files as they were named, in the order that they are laid over one another.
  package var files: [String]
  /// Those that are written in the order of the files, then the defaults of the others in the order of the table.
  package var settings: [ResolvedSetting]
  /// Keys that nobody reads, in parts of the file that are ours: their values are not told, since a misspelled
  /// secret is one too.
  package var ignored: [SettingsProblem]
  /// What was read; nil when there are problems.
  package var values: CrawlerSettings?
  package var problems: [SettingsProblem]
  package var warnings: [SettingsProblem]
}

extension ResolvedSettings {
  /// - Parameter root: The merged files; nil when they are empty.
  init(files: [String], root: ConfigNode?, values: CrawlerSettings, problems: ProblemList) {
    self.files = files
    settings = []
    ignored = []
    self.values = problems.problems.isEmpty ? values : nil
    self.problems = problems.problems
    warnings = problems.warnings
    if let root { add(root, at: "") }
    addDefaults()
  }

  private mutating func add(_ node: ConfigNode, at path: String) {
    switch node.content {
    case .object(let members):
      for member in members {
        let memberPath = path.isEmpty ? member.key : "\(path).\(member.key)"
        add(member.value, at: memberPath)
      }
    case .list(let nodes):
      let values = nodes.compactMap { Self.plain($0) }
      if values.count == nodes.count {
        addValue(.list(values), nodes.flatMap(\.variables), node, at: path)
      } else {
        for (index, element) in nodes.enumerated() { add(element, at: "\(path)[\(index)]") }
      }
    case .null: addValue(.null, [], node, at: path)
    case .unset(let reason): addValue(.unset(reason), [], node, at: path)
    case .faulty: break
    case .boolean, .number, .string:
      if let value = Self.plain(node) { addValue(value, node.variables, node, at: path) }
    }
  }

  private mutating func addValue(
    _ value: ResolvedSetting.Value,
    _ variables: [String],
    _ node: ConfigNode,
    at path: String
  ) {
    // An element of a list is known by its list, a part of a duration by the duration.
    guard let member = Self.member(at: path) else {
      ignored.append(SettingsProblem(node.place, keyPath: path, message: "is not read"))
      return
    }
    let shown: ResolvedSetting.Value =
      switch value {
      case .null, .unset: value
      default: member.isSecret ? .hidden : value
      }
    let prefix = "environment variable "
    let source: ResolvedSetting.Source =
      node.place.file.hasPrefix(prefix)
      ? .environment(name: String(node.place.file.dropFirst(prefix.count))) : .file(node.place)
    settings.append(ResolvedSetting(keyPath: path, value: shown, source: source, variables: variables))
  }

  /// The key that a value belongs to: its own, that of the list that it is an element of, or that of the duration
  /// that it is a part of.
  private static func member(at path: String) -> SettingMember? {
    if let member = SettingsTable.member(at: path) { return member }
    if path.hasSuffix("]"), let bracket = path.lastIndex(of: "[") {
      return SettingsTable.member(at: String(path[..<bracket]))
    }
    // A host has dots of its own: everything that the path begins with may be the key.
    var start = path[...]
    while let dot = start.lastIndex(of: ".") {
      start = start[..<dot]
      if let member = SettingsTable.member(at: String(start)), member.shape.hasParts { return member }
    }
    return nil
  }

  /// Nil for what has parts.
  private static func plain(_ node: ConfigNode) -> ResolvedSetting.Value? {
    switch node.content {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .number(let text): .number(text)
    case .string(let text): .text(masked(text))
    case .unset(let reason): .unset(reason)
    case .list, .object, .faulty: nil
    }
  }

  /// The text without what may be user name and password of a URL.
  private static func masked(_ text: String) -> String {
    guard let scheme = text.range(of: "://") else { return text }
    let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
    guard let at = authority.lastIndex(of: "@") else { return text }
    return text[..<scheme.upperBound] + "***" + text[at...]
  }

  /// Of keys that stand at one place only: those of lists have none when the list has no element.
  private mutating func addDefaults() {
    let written = Set(settings.map(\.keyPath))
    for key in SettingsTable.keys where !key.path.contains("[]") && !key.path.contains(".ID.") {
      guard let text = key.member.defaultText, key.path.hasPrefix("crawler."), !written.contains(key.path),
        !written.contains(where: { $0.hasPrefix(key.path + ".") })
      else { continue }
      settings.append(ResolvedSetting(keyPath: key.path, value: .text(text), source: .builtIn))
    }
  }
}

extension SettingShape {
  /// Whether a value is made of parts that have no entry of their own in the table.
  fileprivate var hasParts: Bool {
    switch self {
    case .duration, .frequency, .map: true
    default: false
    }
  }
}
