/// A value of the configuration files after substitution, with the place it was written.
struct ConfigNode {
  enum Content {
    case null
    case boolean(Bool)
    /// The number as it is written.
    case number(String)
    case string(String)
    case list([ConfigNode])
    case object([ConfigMember])
    /// A text that cannot be made, and why: it names a variable that is not set. Counts as absent
    /// (facts/backstage-azure.md 1.8).
    case unset(String)
    /// Cannot be read; the problem is noted.
    case faulty
  }

  var content: Content
  var place: SettingsPlace
  /// The folder that relative paths in the value are relative to.
  var folder: String
  /// The environment variables that the text was made of.
  var variables: [String] = []

  /// The type as messages call it.
  var typeName: String {
    switch content {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .string(let text): text.isEmpty ? "empty-string" : "string"
    case .list: "array"
    case .object: "object"
    case .unset, .faulty: "nothing"
    }
  }

  /// The value with that of a later file laid over it: objects merge deeply, anything else is replaced;
  /// what is unset hides nothing.
  func merged(with later: ConfigNode) -> ConfigNode {
    switch (content, later.content) {
    case (_, .unset):
      return self
    case (.object(var members), .object(let laterMembers)):
      for member in laterMembers {
        if let index = members.firstIndex(where: { $0.key == member.key }) {
          members[index].value = members[index].value.merged(with: member.value)
          members[index].place = member.place
        } else {
          members.append(member)
        }
      }
      return ConfigNode(content: .object(members), place: later.place, folder: later.folder)
    default:
      return later
    }
  }
}

/// A key of an object, where it stands, and its value.
struct ConfigMember {
  var key: String
  var place: SettingsPlace
  var value: ConfigNode
}
