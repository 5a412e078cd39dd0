import NIOCore

extension Call {
  /// One item, or the items below a folder (facts/azure-devops-api.md 2.3, 2.4).
  /// - Parameter routed: the path behind `items/`, nil when the query holds it.
  func items(_ routed: String?, _ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError)
    -> SimulatorResponse
  {
    let resolved = try resolve(VersionDescriptor(query), in: repository)
    guard let path = routed ?? query.value("path") else {
      return try manyItems(resolved, repository, version)
    }
    guard let node = resolved.head.node(at: Self.rooted(path)) else {
      throw .itemMissing(path, repository.name, resolved.text, resolved.head.commit)
    }
    return tagged(try oneItem(node, resolved, repository, version), with: node)
  }

  private func oneItem(
    _ node: Snapshot.Node,
    _ resolved: ResolvedVersion,
    _ repository: RepositoryIndex,
    _ version: APIVersion
  ) throws(ServiceError) -> SimulatorResponse {
    let form = try ContentForm(of: request)
    guard form != .zip else { return zip(node, resolved.head) }
    guard form != .json, let file = resolved.head.files[node.path] else {
      return item(node, resolved, repository, version)
    }
    var response = bytes(
      form == .text ? "text/plain" : "application/octet-stream",
      ByteBuffer(bytes: file.bytes)
    )
    if query.isOn("download") {
      response.set("Content-Disposition", "attachment; filename=\"\(node.name)\"")
    }
    return response
  }

  private func item(
    _ node: Snapshot.Node,
    _ resolved: ResolvedVersion,
    _ repository: RepositoryIndex,
    _ version: APIVersion
  ) -> SimulatorResponse {
    let repositoryAddress = address(of: repository)
    let address =
      "\(repositoryAddress)/items?path=\(PercentEncoding.encoded(node.path))&\(resolved.descriptor.addressPart)"
    return json(version, capacity: 1500 + node.size) { json in
      fields(node, resolved.head.commit, &json)
      if query.isOn("latestprocessedchange") {
        json.object("latestProcessedChange") {
          summary(Self.lastChange(of: node, in: resolved.commits), repository, &$0)
        }
      }
      if query.isOn("includecontentmetadata") { metadata(node, resolved.head, &json) }
      if query.isOn("includecontent"), let file = resolved.head.files[node.path] {
        json.field("content", FileText.decoded(file.bytes))
      }
      json.field("url", address)
      json.object("_links") {
        $0.link("self", address)
        $0.link("repository", repositoryAddress)
        let kind: StaticString = node.isFolder ? "tree" : "blob"
        $0.link(kind, "\(repositoryAddress)/\(node.isFolder ? "trees" : "blobs")/\(node.id)")
      }
    }
  }

  /// The fields every form of an item begins with.
  func fields(_ node: Snapshot.Node, _ commit: ObjectID, _ json: inout JSONWriter) {
    json.field("objectId", node.id.description)
    json.field("gitObjectType", node.isFolder ? "tree" : "blob")
    json.field("commitId", commit.description)
    json.field("path", node.path)
    if node.isFolder { json.field("isFolder", true) }
    if node.mode == World.File.Mode.symbolicLink.rawValue { json.field("isSymLink", true) }
  }

  /// What kind of content an item has (recording 38).
  func metadata(_ node: Snapshot.Node, _ commit: Snapshot, _ json: inout JSONWriter) {
    json.object("contentMetadata") {
      if let file = commit.files[node.path] {
        let isBinary = FileText.isBinary(file.bytes)
        // 65001 is the code page of UTF-8; the service gives -1 where it finds no text.
        $0.field("encoding", isBinary ? -1 : 65001)
        $0.field("contentType", FileText.contentType(ofName: node.name, isBinary: isBinary))
        $0.field("fileName", String(node.name))
        if let dot = node.name.lastIndex(of: ".") {
          $0.field("extension", String(node.name[node.name.index(after: dot)...]))
        }
        if isBinary { $0.field("isBinary", true) }
      } else {
        $0.field("fileName", String(node.name))
      }
    }
  }

  /// The newest of these commits in which the path changed.
  private static func lastChange(of node: Snapshot.Node, in commits: [Snapshot]) -> Snapshot? {
    var last: Snapshot?
    for commit in commits.reversed() {
      guard commit.node(at: node.path)?.id == node.id else { break }
      last = commit
    }
    return last
  }

  /// A zip of a file, or of everything below a folder.
  func zip(_ node: Snapshot.Node, _ commit: Snapshot) -> SimulatorResponse {
    var archive = ZipArchive()
    if let file = commit.files[node.path] {
      archive.add(String(node.name), file.bytes)
    } else {
      let prefix = node.path == "/" ? "/" : node.path + "/"
      for (path, file) in commit.files.sorted(by: { $0.key < $1.key }) where path.hasPrefix(prefix) {
        archive.add(String(path.dropFirst(prefix.count)), file.bytes)
      }
    }
    return bytes("application/zip", archive.finished())
  }

  /// With the option `etags`: the answer with a tag, or 304 when the caller has that tag already
  /// (facts/azure-devops-api.md 3 and 9.4, point 13).
  private func tagged(_ response: SimulatorResponse, with node: Snapshot.Node) -> SimulatorResponse {
    guard options.etags != .none else { return response }
    var response = response
    let tag = "\"\(node.id)\""
    response.set("ETag", tag)
    if options.etags == .honoured, let known = request.header("if-none-match"),
      known == "*" || known.contains(tag)
    {
      response.status = 304
      response.body = .bytes(ByteBuffer())
      response.remove("Content-Type")
      response.remove("Vary")
    }
    return response
  }
}

/// The form in which content is wanted (facts/azure-devops-api.md 2.3, "Negotiation").
enum ContentForm {
  case json
  case text
  case octetStream
  case zip

  /// Reads `$format`, else the first known type in `Accept`; raw bytes when neither says anything.
  init(of request: SimulatorRequest) throws(ServiceError) {
    if let format = request.query.value("$format") {
      switch format.lowercased() {
      case "json": self = .json
      case "text": self = .text
      case "octetstream": self = .octetStream
      case "zip": self = .zip
      default: throw .badArgument("$format", format)
      }
      return
    }
    for type in (request.header("accept") ?? "").lowercased().split(separator: ",") {
      switch type.split(separator: ";").first?.drop(while: { $0 == " " }) {
      case "application/json": self = .json
      case "text/plain": self = .text
      case "application/octet-stream": self = .octetStream
      case "application/zip": self = .zip
      default: continue
      }
      return
    }
    self = .octetStream
  }
}
