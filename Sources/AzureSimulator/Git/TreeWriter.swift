/// Computes the tree objects of a set of files, from the deepest folder up.
struct TreeWriter {
  private(set) var nodes: [String: Snapshot.Node] = [:]
  private let files: [String: World.File]
  /// The paths directly inside each folder, by the folder's path.
  private var contents: [String: Set<String>] = ["/": []]

  init(files: [String: World.File]) {
    self.files = files
    for path in files.keys { add(path) }
  }

  /// Computes every node and gives the id of the root tree.
  mutating func write() -> ObjectID {
    writeFolder("/").id
  }

  private mutating func add(_ path: String) {
    var child = path
    while child != "/" {
      let slash = child.lastIndex(of: "/") ?? child.startIndex
      let folder = slash == child.startIndex ? "/" : String(child[..<slash])
      let isKnown = contents[folder] != nil
      contents[folder, default: []].insert(child)
      if isKnown { return }
      child = folder
    }
  }

  private mutating func writeFolder(_ path: String) -> Snapshot.Node {
    var entries: [(sortKey: [UInt8], node: Snapshot.Node)] = []
    for child in contents[path] ?? [] {
      let node = files[child].map { file(child, $0) } ?? writeFolder(child)
      nodes[child] = node
      // Git compares a folder's name as if it ended in a slash ("Git Objects", base_name_compare).
      entries.append((Array(node.name.utf8) + (node.isFolder ? [UInt8(ascii: "/")] : []), node))
    }
    entries.sort { $0.sortKey.lexicographicallyPrecedes($1.sortKey) }
    var object: [UInt8] = []
    for (_, node) in entries {
      object += Array("\(node.mode) \(node.name)\0".utf8)
      object += node.id.bytes
    }
    let folder = Snapshot.Node(
      path: path,
      id: ObjectID(of: .tree, object),
      mode: Snapshot.treeMode,
      size: object.count,
      children: entries.map { String($0.node.name) }
    )
    nodes[path] = folder
    return folder
  }

  private func file(_ path: String, _ file: World.File) -> Snapshot.Node {
    Snapshot.Node(
      path: path,
      id: ObjectID(of: .blob, file.bytes),
      mode: file.mode.rawValue,
      size: file.bytes.count,
      children: []
    )
  }
}
