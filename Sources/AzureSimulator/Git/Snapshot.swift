import Foundation

/// One commit of a branch with all its trees and blobs, under the ids git gives them.
struct Snapshot: Sendable {
  let commit: ObjectID
  let parent: ObjectID?
  let date: GitDate
  let message: String
  let files: [String: World.File]
  /// Everything in the root tree by its path, which starts with a slash; the root itself is `/`.
  let nodes: [String: Node]
  /// The path as it is stored, by its lower-case form.
  private let storedPaths: [String: String]

  /// A file or a folder of a commit.
  struct Node: Sendable, Equatable {
    let path: String
    let id: ObjectID
    let mode: String
    /// Bytes of a file's content, or of the tree object.
    let size: Int
    /// Names of what a folder holds, in git's order; empty for a file.
    let children: [String]

    var isFolder: Bool { mode == Snapshot.treeMode }
    var name: Substring {
      path == "/" ? "" : path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...]
    }
  }

  static let treeMode = "40000"

  /// The commit that stores `files` as number `number` (from 0) of its branch.
  init(files: [String: World.File], parent: ObjectID?, number: Int) {
    var trees = TreeWriter(files: files)
    let root = trees.write()
    self.files = files
    self.parent = parent
    nodes = trees.nodes
    storedPaths = Dictionary(trees.nodes.keys.map { ($0.lowercased(), $0) }) { min($0, $1) }
    date = GitDate(number: number)
    message = number == 0 ? "Add the first files" : "Change \(number)"
    commit = ObjectID(of: .commit, Self.object(tree: root, parent: parent, date: date, message: message))
  }

  /// The id of the root tree.
  var tree: ObjectID? { nodes["/"]?.id }

  /// The node at a path, exact or else without regard to case (facts/azure-devops-api.md 2.3).
  func node(at path: String) -> Node? {
    nodes[path] ?? storedPaths[path.lowercased()].flatMap { nodes[$0] }
  }

  /// The bytes of the blob with this id, when the commit holds it.
  func blob(_ id: ObjectID) -> [UInt8]? {
    nodes.values.first { $0.id == id && !$0.isFolder }.flatMap { files[$0.path]?.bytes }
  }

  /// The folder with this tree id, when the commit holds it.
  func folder(_ id: ObjectID) -> Node? {
    nodes.values.filter { $0.id == id && $0.isFolder }.min { $0.path < $1.path }
  }

  /// Who writes every commit of the simulator.
  static let author = (name: "Azure Simulator", email: "simulator@example.com")

  private static func object(tree: ObjectID, parent: ObjectID?, date: GitDate, message: String) -> [UInt8] {
    let person = "\(author.name) <\(author.email)> \(date.seconds) +0000"
    let parentLine = parent.map { "parent \($0)\n" } ?? ""
    return Array("tree \(tree)\n\(parentLine)author \(person)\ncommitter \(person)\n\n\(message)\n".utf8)
  }
}

/// The moment of a commit: fixed, so that the same world has the same commit ids.
struct GitDate: Sendable, Equatable {
  /// Seconds since 1970: 2026-01-05 08:00 UTC and one minute for each commit of the branch.
  let seconds: Int

  init(number: Int) {
    seconds = 1_767_600_000 + number * 60
  }

  /// As the service writes it: ISO 8601, UTC, whole seconds.
  var text: String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
  }
}
