extension Call {
  /// What changed between two versions (facts/azure-devops-api.md 2.11, recording 37).
  func diffs(_ repository: RepositoryIndex, _ version: APIVersion) throws(ServiceError) -> SimulatorResponse {
    let base = try resolve(
      VersionDescriptor(
        kind: query.value("baseversiondescriptor.baseversiontype", "baseversiontype"),
        name: query.value("baseversiondescriptor.baseversion", "baseversion"),
        option: nil
      ),
      in: repository
    )
    let target = try resolve(
      VersionDescriptor(
        kind: query.value("targetversiondescriptor.targetversiontype", "targetversiontype"),
        name: query.value("targetversiondescriptor.targetversion", "targetversion"),
        option: nil
      ),
      in: repository
    )
    let shared = Swift.zip(base.commits, target.commits).prefix { $0.commit == $1.commit }.map(\.0)
    // The base is compared where the lines part, unless the caller wants the two versions themselves.
    let comparesHeads = query.value("diffcommoncommit")?.lowercased() == "false"
    let older = comparesHeads ? base.head : shared.last ?? base.head
    let changes = Change.between(older, target.head)
    let skip = try query.number("$skip") ?? 0
    let page = changes.dropFirst(skip).prefix(try query.number("$top") ?? 100)
    return json(version) { json in
      json.field("allChangesIncluded", skip + page.count >= changes.count)
      json.object("changeCounts") { json in
        if changes.contains(where: { $0.kind == .add }) {
          json.field("Add", changes.count { $0.kind == .add })
        }
        if changes.contains(where: { $0.kind == .edit }) {
          json.field("Edit", changes.count { $0.kind == .edit })
        }
        if changes.contains(where: { $0.kind == .delete }) {
          json.field("Delete", changes.count { $0.kind == .delete })
        }
      }
      json.array("changes") { json in
        for change in page { json.object { row(change, target.head, repository, &$0) } }
      }
      json.field("commonCommit", older.commit.description)
      json.field("baseCommit", base.head.commit.description)
      json.field("targetCommit", target.head.commit.description)
      json.field("aheadCount", target.commits.count - shared.count)
      json.field("behindCount", base.commits.count - shared.count)
    }
  }

  /// One changed path.
  func row(_ change: Change, _ commit: Snapshot, _ repository: RepositoryIndex, _ json: inout JSONWriter) {
    json.object("item") { json in
      json.field("objectId", change.node.id.description)
      if let original = change.original { json.field("originalObjectId", original.description) }
      json.field("gitObjectType", change.node.isFolder ? "tree" : "blob")
      json.field("commitId", commit.commit.description)
      json.field("path", change.node.path)
      if change.node.isFolder { json.field("isFolder", true) }
      let path = PercentEncoding.encoded(change.node.path, keeping: "/")
      json.field(
        "url",
        "\(address(of: repository))/items\(path)?versionType=Commit&version=\(commit.commit)"
      )
    }
    json.field("changeType", change.kind.rawValue)
  }
}
