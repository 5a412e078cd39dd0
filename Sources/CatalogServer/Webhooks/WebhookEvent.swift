import YAML

/// What Azure DevOps says has happened (facts/azure-devops-api.md 7.2).
///
/// Anybody who has the secret can say anything: it is taken for a hint where to look, and never for what is there.
package struct WebhookEvent: Sendable, Equatable {
  /// What is looked at again.
  package enum Kind: Sendable, Equatable {
    /// Branches have moved; their full names, empty when it is not said which.
    case push(refs: Set<String>)
    /// The repository is there, is not there, or has another name or state.
    case repository
    /// Nothing that concerns a catalog file.
    case other
  }

  package var kind: Kind
  /// As it was sent, for logs.
  package var type: String
  /// The event's id, the same when it is sent again; nil when there is none.
  package var id: String?
  /// Numbers pushes in their order; nil when there is none.
  package var order: Int64?
  /// Ids and names, as far as they are told.
  package var repositoryID: String?
  package var repository: String?
  package var project: String?
  /// The full name of the branch that the event takes for the default one.
  package var defaultBranch: String?
  /// Addresses that say which organization it is about.
  package var addresses: [String]

  /// Levels of nesting; the service's own events have fewer than ten.
  private static let maxDepth = 64
  /// The longest name, id or address to take over, in bytes: events wait in memory.
  private static let longest = 2_048

  /// Reads the body of a webhook.
  ///
  /// - Throws: `APIError`, 400, when it is no JSON object or says of no event that it is one (G154).
  package init(json: [UInt8]) throws {
    var limits = YAMLLimits()
    limits.maxBytes = max(json.count, 1)
    limits.maxDepth = Self.maxDepth
    let root: YAMLNode
    do {
      root = try JSONReader.read(json, limits: limits).root
    } catch {
      throw APIError.input("the body is not JSON: \(error.message)")
    }
    guard root.kind == .mapping else { throw APIError.input("the body is not a JSON object") }
    guard let type = Self.text(root["eventType"]) else {
      throw APIError.input("the body has no eventType")
    }
    self.type = type
    id = Self.identity(root)
    let resource = root["resource"]
    let repository = resource?["repository"]
    kind = Self.kind(type, resource)
    order = type == "git.push" ? resource?["pushId"]?.integer.map(Int64.init) : nil
    repositoryID = Self.text(repository?["id"]) ?? Self.text(resource?["repositoryId"])
    self.repository = Self.text(repository?["name"]) ?? Self.text(resource?["repositoryName"])
    let project = repository?["project"] ?? resource?["project"]
    self.project = Self.text(project?["name"])
    defaultBranch = Self.text(repository?["defaultBranch"])
    let containers = root["resourceContainers"]
    addresses = [
      containers?["collection"]?["baseUrl"], containers?["account"]?["baseUrl"],
      repository?["url"], repository?["remoteUrl"], resource?["url"], project?["url"],
    ].compactMap(Self.text)
  }

  private static func kind(_ type: String, _ resource: YAMLNode?) -> Kind {
    switch type {
    case "git.push":
      return .push(refs: refs(resource))
    case "git.pullrequest.merged":
      return .push(refs: Set([text(resource?["targetRefName"])].compactMap(\.self)))
    case "git.repo.created", "git.repo.forked", "git.repo.deleted", "git.repo.statuschanged":
      return .repository
    case "git.repo.renamed":
      // G152.
      return text(resource?["oldName"]) == nil ? .other : .repository
    default:
      return .other
    }
  }

  private static func refs(_ resource: YAMLNode?) -> Set<String> {
    guard let updates = resource?["refUpdates"], updates.kind == .sequence else { return [] }
    var refs: Set<String> = []
    for update in updates.elements where update.kind == .mapping {
      if let name = text(update["name"]) { refs.insert(name) }
    }
    return refs
  }

  /// `id`, else the number of the notification within its subscription (facts/azure-devops-api.md 7.3).
  private static func identity(_ root: YAMLNode) -> String? {
    if let id = text(root["id"]) { return id }
    guard let number = root["notificationId"]?.integer else { return nil }
    return "\(text(root["subscriptionId"]) ?? "")#\(number)"
  }

  private static func text(_ node: YAMLNode?) -> String? {
    guard let text = node?.string, !text.isEmpty, text.utf8.count <= longest else { return nil }
    return text
  }
}
