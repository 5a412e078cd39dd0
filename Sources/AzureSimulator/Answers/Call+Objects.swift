import Foundation
import NIOCore

extension Call {
  /// A tree, with everything below it when asked for (facts/azure-devops-api.md 2.10, recording 34).
  func tree(_ id: String, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    guard let wanted = ObjectID(id),
      let (commit, folder) = search(repository, { commit in commit.folder(wanted).map { (commit, $0) } })
    else { throw .objectMissing(id) }
    if try ContentForm(of: request) == .zip { return zip(folder, commit) }
    let entries =
      query.isOn("recursive")
      ? Array(Recursion.full.nodes(below: folder, in: commit).dropFirst())
      : Recursion.children(of: folder, in: commit)
    let prefix = address(of: repository)
    let below = folder.path == "/" ? 1 : folder.path.count + 1
    return json(version, capacity: 512 + entries.count * 512) { json in
      json.field("objectId", id.lowercased())
      json.field("url", "\(prefix)/trees/\(wanted)")
      json.array("treeEntries") { json in
        for entry in entries {
          json.object { treeEntry(entry, String(entry.path.dropFirst(below)), prefix, &$0) }
        }
      }
      json.field("size", folder.size)
      json.object("_links") { json in
        json.link("self", "\(prefix)/trees/\(wanted)")
        json.link("repository", prefix)
        json.array("treeEntries") { json in
          for entry in entries { json.object { $0.field("href", objectAddress(entry, prefix)) } }
        }
      }
    }
  }

  private func treeEntry(_ node: Snapshot.Node, _ path: String, _ prefix: String, _ json: inout JSONWriter) {
    json.field("objectId", node.id.description)
    json.field("relativePath", path)
    json.field("mode", node.mode)
    json.field("gitObjectType", node.isFolder ? "tree" : "blob")
    json.field("url", objectAddress(node, prefix))
    json.field("size", node.size)
  }

  private func objectAddress(_ node: Snapshot.Node, _ prefix: String) -> String {
    "\(prefix)/\(node.isFolder ? "trees" : "blobs")/\(node.id)"
  }

  /// A blob: its description, its bytes or a zip (facts/azure-devops-api.md 2.10).
  func blob(_ id: String, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    let (blob, content) = try content(of: id, in: repository)
    switch try ContentForm(of: request) {
    case .json:
      let address = "\(address(of: repository))/blobs/\(blob)"
      return json(version) { json in
        json.field("objectId", blob.description)
        json.field("size", content.count)
        json.field("url", address)
        json.object("_links") {
          $0.link("self", address)
          $0.link("repository", self.address(of: repository))
        }
      }
    case .text: return bytes("text/plain", ByteBuffer(bytes: content))
    case .zip:
      var archive = ZipArchive()
      archive.add(query.value("filename") ?? blob.description, content)
      return bytes("application/zip", archive.finished())
    case .octetStream:
      var response = bytes("application/octet-stream", ByteBuffer(bytes: content))
      if query.isOn("download") {
        let name = query.value("filename") ?? blob.description
        response.set("Content-Disposition", "attachment; filename=\"\(name)\"")
      }
      return response
    }
  }

  /// Many blobs in one zip, each under its id; the body is a JSON array of ids.
  func blobs(_ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError) -> SimulatorResponse {
    guard let ids = try? JSONDecoder().decode([String].self, from: Data(request.body))
    else {
      throw .badArgument("blobIds", "the body, which is not an array of ids")
    }
    var archive = ZipArchive()
    for id in ids {
      let (blob, content) = try content(of: id, in: repository)
      archive.add(blob.description, content)
    }
    return bytes("application/zip", archive.finished())
  }

  private func content(of id: String, in repository: RepositoryIndex) throws(ServiceError) -> (
    ObjectID, [UInt8]
  ) {
    guard let wanted = ObjectID(id), let content = search(repository, { $0.blob(wanted) }) else {
      throw .objectMissing(id)
    }
    return (wanted, content)
  }

  /// Asks the commits of every branch and tag, the newest of each first, until one knows the answer.
  private func search<Found>(_ repository: RepositoryIndex, _ look: (Snapshot) -> Found?) -> Found? {
    for ref in History.refs(of: repository.repository) {
      for commit in history.commits(of: ref, in: repository).reversed() {
        if let found = look(commit) { return found }
      }
    }
    return nil
  }
}
