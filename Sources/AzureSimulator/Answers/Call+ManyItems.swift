import Foundation

extension Call {
  /// The items below `scopePath` (facts/azure-devops-api.md 2.4, recording 33).
  func manyItems(_ resolved: ResolvedVersion, _ repository: RepositoryIndex, _ version: APIVersion)
    throws(ServiceError) -> SimulatorResponse
  {
    let scope = query.value("scopepath") ?? "/"
    let recursion = try Recursion(query.value("recursionlevel"))
    guard let root = resolved.head.node(at: Self.rooted(scope)) else {
      throw .itemMissing(scope, repository.name, resolved.text, resolved.head.commit)
    }
    if try ContentForm(of: request) == .zip { return zip(root, resolved.head) }
    let nodes = recursion.nodes(below: root, in: resolved.head)
    let prefix = address(of: repository)
    return collection(version, nodes) { node, json in
      json.object {
        row(node, resolved, prefix, withMetadata: query.isOn("includecontentmetadata"), &$0)
      }
    }
  }

  /// Several folders or files of one repository in one request; one that is missing fails all
  /// (facts/azure-devops-api.md 2.5, recording 38).
  func itemsBatch(_ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    guard let batch = try? JSONDecoder().decode(Batch.self, from: Data(request.body)) else {
      throw .badArgument("itemRequestData", "the body, which is not an items batch")
    }
    var found: [(resolved: ResolvedVersion, nodes: [Snapshot.Node])] = []
    for wanted in batch.itemDescriptors {
      let descriptor = try VersionDescriptor(
        kind: wanted.versionType?.text,
        name: wanted.version,
        option: wanted.versionOptions?.text
      )
      let resolved = try resolve(descriptor, in: repository)
      guard let root = resolved.head.node(at: Self.rooted(wanted.path)) else {
        let missing = ServiceError.itemMissing(
          wanted.path,
          repository.name,
          resolved.text,
          resolved.head.commit
        )
        // The same error as for one item, but as a bad request (facts/azure-devops-api.md 2.5).
        throw ServiceError(400, git: missing.typeKey, missing.message)
      }
      let recursion = try Recursion(wanted.recursionLevel?.text)
      found.append((resolved, recursion.nodes(below: root, in: resolved.head)))
    }
    let prefix = address(of: repository)
    let withMetadata = batch.includeContentMetadata?.text.lowercased() == "true"
    return collection(version, found) { group, json in
      json.array { json in
        for node in group.nodes {
          json.object { row(node, group.resolved, prefix, withMetadata: withMetadata, &$0) }
        }
      }
    }
  }

  private func row(
    _ node: Snapshot.Node,
    _ resolved: ResolvedVersion,
    _ repositoryAddress: String,
    withMetadata: Bool,
    _ json: inout JSONWriter
  ) {
    fields(node, resolved.head.commit, &json)
    if withMetadata { metadata(node, resolved.head, &json) }
    let version = resolved.descriptor.addressPart
    // The root is named in the query, everything else in the path (recordings 33 and 38).
    if node.path == "/" {
      json.field("url", "\(repositoryAddress)/items?path=%2F&\(version)")
    } else {
      let path = PercentEncoding.encoded(node.path, keeping: "/")
      json.field("url", "\(repositoryAddress)/items\(path)?\(version)")
    }
  }
}

/// The body of an items batch.
///
/// Numbers and truth values may come as words.
private struct Batch: Decodable {
  let itemDescriptors: [Wanted]
  let includeContentMetadata: Word?

  struct Wanted: Decodable {
    let path: String
    let version: String?
    let versionType: Word?
    let versionOptions: Word?
    let recursionLevel: Word?
  }

  /// A string, a number or a truth value, as its text.
  struct Word: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let string = try? value.decode(String.self) {
        text = string
      } else if let number = try? value.decode(Int.self) {
        text = "\(number)"
      } else {
        text = "\(try value.decode(Bool.self))"
      }
    }
  }
}

/// How far below a folder a list goes.
enum Recursion {
  case none
  case oneLevel
  case oneLevelPlusNestedEmptyFolders
  case full

  /// - Parameter text: a name in any case, or 0, 1, 4, 120 as the node client sends
  ///   (facts/azure-devops-api.md 2.4); nil: none.
  init(_ text: String?) throws(ServiceError) {
    switch text?.lowercased() {
    case nil, "none", "0": self = .none
    case "onelevel", "1": self = .oneLevel
    case "onelevelplusnestedemptyfolders", "4": self = .oneLevelPlusNestedEmptyFolders
    case "full", "120": self = .full
    case .some(let other): throw .badArgument("recursionLevel", other)
    }
  }

  /// The node itself and what lies below it, in git's order.
  func nodes(below root: Snapshot.Node, in commit: Snapshot) -> [Snapshot.Node] {
    guard self != .none, root.isFolder else { return [root] }
    return [root]
      + Self.children(of: root, in: commit).flatMap { child in
        switch self {
        case .full: return nodes(below: child, in: commit)
        case .oneLevelPlusNestedEmptyFolders: return Self.onlyFolders(from: child, in: commit)
        case .none, .oneLevel: return [child]
        }
      }
  }

  static func children(of folder: Snapshot.Node, in commit: Snapshot) -> [Snapshot.Node] {
    folder.children.compactMap { commit.nodes[folder.path == "/" ? "/\($0)" : "\(folder.path)/\($0)"] }
  }

  /// A folder and, as long as it holds nothing but one folder, that folder.
  private static func onlyFolders(from node: Snapshot.Node, in commit: Snapshot) -> [Snapshot.Node] {
    let inside = children(of: node, in: commit)
    guard inside.count == 1, inside[0].isFolder else { return [node] }
    return [node] + onlyFolders(from: inside[0], in: commit)
  }
}
