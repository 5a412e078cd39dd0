/// One path that differs between two commits.
struct Change: Sendable, Equatable {
  /// As it is in the newer commit; for a deletion as it was in the older one.
  let node: Snapshot.Node
  let kind: Kind
  /// The object the path had in the older commit; nil when it is new.
  let original: ObjectID?

  enum Kind: String, Sendable {
    case add
    case edit
    case delete
  }

  /// Every path that differs, folders included, in path order.
  ///
  /// No older commit: everything is new.
  static func between(_ older: Snapshot?, _ newer: Snapshot) -> [Change] {
    var changes: [Change] = []
    for (path, node) in newer.nodes where path != "/" {
      let before = older?.nodes[path]
      if before?.id != node.id || before?.mode != node.mode {
        changes.append(Change(node: node, kind: before == nil ? .add : .edit, original: before?.id))
      }
    }
    for (path, node) in older?.nodes ?? [:] where newer.nodes[path] == nil {
      changes.append(Change(node: node, kind: .delete, original: node.id))
    }
    return changes.sorted { $0.node.path < $1.node.path }
  }

  /// Writes how many changes of each kind there are.
  static func counts(_ changes: [Change], _ json: inout JSONWriter) {
    json.field("Add", changes.count { $0.kind == .add })
    json.field("Edit", changes.count { $0.kind == .edit })
    json.field("Delete", changes.count { $0.kind == .delete })
  }
}
