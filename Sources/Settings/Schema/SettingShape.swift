/// What a value of the settings may be, for editors and for people.
///
/// The readers decide what is accepted; a test compares what they ask for with these shapes, key by key.
package indirect enum SettingShape: Sendable {
  /// A text that is not empty.
  case text
  /// A path of this machine; relative ones begin in the folder of the file that has them.
  case path
  /// One of a few words.
  case word([String])
  case boolean
  case integer(ClosedRange<Int>)
  /// From 0 to 1, or a percentage.
  case share
  /// ISO 8601, a text like `30s`, or an object of units.
  case duration
  /// A duration, `{cron: TEXT}` or `{trigger: manual}`.
  case frequency
  case list(SettingShape)
  /// A list, or a single element in its place.
  case oneOrMore(SettingShape)
  /// Other keys than these are a mistake when it is closed; when it is open they are somebody else's.
  case object([SettingMember], isOpen: Bool)
  /// Values by names that people choose.
  ///
  /// - Parameter name: What a key is, for key paths: `ID`.
  case map(name: String, SettingShape)
  /// Either of two.
  case either(SettingShape, SettingShape)
}

/// A key of an object of the settings.
package struct SettingMember: Sendable {
  package var name: String
  /// One sentence, without a full stop.
  package var meaning: String
  package var shape: SettingShape
  /// What holds when it is absent, as it would be written in YAML; nil when that is nothing, or follows from others.
  package var defaultText: String?
  /// Whether it must be there.
  package var isRequired: Bool
  /// Whether its value is never printed.
  package var isSecret: Bool

  package init(
    _ name: String,
    _ meaning: String,
    _ shape: SettingShape,
    default defaultText: String? = nil,
    isRequired: Bool = false,
    isSecret: Bool = false
  ) {
    self.name = name
    self.meaning = meaning
    self.shape = shape
    self.defaultText = defaultText
    self.isRequired = isRequired
    self.isSecret = isSecret
  }
}

/// A key with the path that leads to it.
package struct SettingKey: Sendable {
  /// With `[]` for the elements of lists and the name of a map's keys: `catalog.providers.azureDevOps.ID.path`.
  package var path: String
  package var member: SettingMember
}

extension SettingShape {
  /// All keys below, those of objects within objects too, in the order of the table.
  ///
  /// - Parameter path: Where this stands; empty for the root.
  package func keys(below path: String = "") -> [SettingKey] {
    switch self {
    case .text, .path, .word, .boolean, .integer, .share, .duration, .frequency: return []
    case .list(let element): return element.keys(below: path + "[]")
    // A single element stands where the list would.
    case .oneOrMore(let element): return element.keys(below: path)
    case .map(let name, let value): return value.keys(below: path.isEmpty ? name : "\(path).\(name)")
    case .either(let first, let second): return first.keys(below: path) + second.keys(below: path)
    case .object(let members, _):
      return members.flatMap { member -> [SettingKey] in
        let memberPath = path.isEmpty ? member.name : "\(path).\(member.name)"
        return [SettingKey(path: memberPath, member: member)] + member.shape.keys(below: memberPath)
      }
    }
  }
}
