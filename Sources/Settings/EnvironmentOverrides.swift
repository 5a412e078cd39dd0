import Foundation

/// Reads `APP_CONFIG_a_b_c`: settings in the environment, which win over every file
/// (facts/backstage-azure.md 1.8).
struct EnvironmentOverrides {
  static let prefix = "APP_CONFIG_"

  let problems: ProblemList
  /// Where relative paths in the values begin.
  let folder: String

  /// The object that the variables make together, or nil when there are none.
  func read(_ environment: [String: String]) -> ConfigNode? {
    var root: ConfigNode?
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Self.prefix) {
      guard let node = node(name: name, text: text) else { continue }
      if let known = root {
        // Sorted, so the shorter of two names that exclude each other is in `known`.
        if let taken = Self.overlap(known, node) {
          problems.add(node.place, "", "sets a value below one that \(taken.file) sets")
          continue
        }
        root = known.merged(with: node)
      } else {
        root = node
      }
    }
    return root
  }

  private func node(name: String, text: String) -> ConfigNode? {
    let place = SettingsPlace(file: "environment variable \(name)")
    let keys = name.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
    guard keys.allSatisfy(Self.isKey) else {
      problems.add(place, "", "wanted keys of letters, digits and '-' with '_' between them")
      return nil
    }
    let value: ConfigNode
    if let json = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) {  // no JSON is plain text
      value = json.node(at: place, folder: folder)
    } else {
      value = ConfigNode(content: .string(text), place: place, folder: folder)
    }
    return keys.reversed().reduce(value) { inner, key in
      let member = ConfigMember(key: String(key), place: place, value: inner)
      return ConfigNode(content: .object([member]), place: place, folder: folder)
    }
  }

  private static func isKey(_ text: Substring) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter else { return false }
    return text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }
  }

  /// Where a value stands in the first that the second has or goes below, or nil.
  private static func overlap(_ known: ConfigNode, _ added: ConfigNode) -> SettingsPlace? {
    guard case .object(let members) = known.content, case .object(let others) = added.content else {
      return known.place
    }
    for other in others {
      guard let member = members.first(where: { $0.key == other.key }) else { continue }
      if let place = overlap(member.value, other.value) { return place }
    }
    return nil
  }
}

/// A JSON value of any shape.
private enum JSONValue: Decodable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The value with one place for all its parts; keys in alphabetical order.
  func node(at place: SettingsPlace, folder: String) -> ConfigNode {
    func made(_ content: ConfigNode.Content) -> ConfigNode {
      ConfigNode(content: content, place: place, folder: folder)
    }
    switch self {
    case .null: return made(.null)
    case .boolean(let value): return made(.boolean(value))
    case .integer(let value): return made(.number(String(value)))
    case .number(let value): return made(.number(String(value)))
    case .string(let value): return made(.string(value))
    case .list(let values): return made(.list(values.map { $0.node(at: place, folder: folder) }))
    case .object(let values):
      let members = values.sorted { $0.key < $1.key }.map { key, value in
        ConfigMember(key: key, place: place, value: value.node(at: place, folder: folder))
      }
      return made(.object(members))
    }
  }
}
