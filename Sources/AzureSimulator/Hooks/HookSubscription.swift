import Foundation
import NIOCore

/// A subscription as the service keeps it (facts/azure-devops-api.md 7.1).
struct HookSubscription: Sendable, Equatable {
  let id: GUID
  /// In lower case.
  let organization: String
  let eventType: String
  let resourceVersion: String
  let publisherInputs: [String: String]
  let consumerInputs: [String: String]
  /// `enabled`, `onProbation` or `disabledBySystem`.
  var status = "enabled"
  /// Deliveries that have failed for good, in a row.
  var failures = 0
  /// Numbers what is delivered, from 1.
  var notifications = 0

  var url: String { consumerInputs["url"] ?? "" }

  /// Whether it wants an event of a repository.
  func wants(_ event: HookEvent) -> Bool {
    guard status != "disabledBySystem", organization == event.organization, eventType == event.type else {
      return false
    }
    func allows(_ key: String, _ value: String) -> Bool {
      guard let wanted = publisherInputs[key], !wanted.isEmpty else { return true }
      return wanted.lowercased() == value.lowercased()
    }
    let isBranch = event.branches.isEmpty || event.branches.contains { allows("branch", $0) }
    return allows("projectId", event.project) && allows("repository", event.repository) && isBranch
  }
}

/// What is sent to make a subscription.
struct HookRequest: Decodable {
  let publisherId: String?
  let eventType: String?
  let resourceVersion: String?
  let consumerId: String?
  let consumerActionId: String?
  let publisherInputs: [String: String]?
  let consumerInputs: [String: String]?

  private static let versions: [String: String] = [
    "git.push": "1.0", "git.repo.created": "1.0-preview.1", "git.repo.forked": "1.0-preview.1",
    "git.repo.renamed": "1.0-preview.1", "git.repo.deleted": "1.0-preview.1",
    "git.repo.statuschanged": "1.0-preview.1", "git.pullrequest.created": "1.0",
    "git.pullrequest.updated": "1.0", "git.pullrequest.merged": "1.0",
  ]
  private static let inputs: Set<String> = [
    "url", "basicAuthUsername", "basicAuthPassword", "httpHeaders", "resourceDetailsToSend", "messagesToSend",
    "detailedMessagesToSend", "acceptUntrustedCerts",
  ]

  /// What is wrong with it; nil when nothing is.
  ///
  /// - Parameter hasProject: Whether there is a project with an id.
  func fault(_ hasProject: (String) -> Bool) -> String? {
    guard publisherId == "tfs" else { return "the publisher '\(publisherId ?? "")' is not known" }
    guard consumerId == "webHooks", consumerActionId == "httpRequest" else {
      return "the consumer action '\(consumerId ?? "")/\(consumerActionId ?? "")' is not known"
    }
    guard let eventType, let version = Self.versions[eventType] else {
      return "the event type '\(eventType ?? "")' is not known"
    }
    if let resourceVersion, resourceVersion != version {
      return "the event type '\(eventType)' has no resource version '\(resourceVersion)'"
    }
    let project = publisherInputs?["projectId"] ?? ""
    if project.isEmpty, eventType != "git.push" {
      return "the event type '\(eventType)' needs a projectId"
    }
    if !project.isEmpty, !hasProject(project) { return "there is no project '\(project)'" }
    for key in consumerInputs?.keys.sorted() ?? [] where !Self.inputs.contains(key) {
      return "the consumer has no input '\(key)'"
    }
    guard let url = consumerInputs?["url"].flatMap({ URL(string: $0) }), let scheme = url.scheme,
      ["http", "https"].contains(scheme), let host = url.host()
    else { return "the input 'url' is no address" }
    let isSecret = consumerInputs?["basicAuthPassword"] != nil || consumerInputs?["httpHeaders"] != nil
    if isSecret, scheme == "http", !["127.0.0.1", "localhost", "::1"].contains(host) {
      return "secrets are sent by https only"
    }
    return nil
  }

  func subscription(_ organization: String, id: GUID) -> HookSubscription {
    let type = eventType ?? ""
    return HookSubscription(
      id: id,
      organization: organization.lowercased(),
      eventType: type,
      resourceVersion: resourceVersion ?? Self.versions[type] ?? "1.0",
      publisherInputs: publisherInputs ?? [:],
      consumerInputs: consumerInputs ?? [:]
    )
  }
}

extension Call {
  /// The subscriptions of an organization: listed, made and deleted (facts/azure-devops-api.md 7.1).
  func subscriptions(_ id: String?) throws(ServiceError) -> SimulatorResponse {
    guard route.project == nil else { return unknownRoute() }
    let version = try APIVersion(of: request)
    switch (request.method, id) {
    case ("GET", nil):
      let (type, consumer) = (query.value("eventtype"), query.value("consumerid"))
      let rows = hooks.subscriptions(of: organization.name).filter { subscription in
        (type == nil || subscription.eventType == type) && (consumer == nil || consumer == "webHooks")
      }
      return collection(version, rows) { row, json in json.object { fields(row, &$0) } }
    case ("POST", nil):
      guard let wanted = try? JSONDecoder().decode(HookRequest.self, from: Data(request.body)) else {
        throw Self.hookFault("the body is not a subscription")
      }
      if let fault = wanted.fault({ organization.project($0)?.id.description == $0.lowercased() }) {
        throw Self.hookFault(fault)
      }
      let made = hooks.add { wanted.subscription(organization.name, id: $0) }
      return json(version) { fields(made, &$0) }
    case ("DELETE", let id?):
      guard let id = GUID(id), hooks.remove(id, of: organization.name) else {
        throw ServiceError(
          404,
          "SubscriptionNotFoundException",
          in: "Microsoft.VisualStudio.Services.ServiceHooks.WebApi",
          "VS402905: The subscription '\(id)' does not exist."
        )
      }
      var response = json(version) { _ in }
      response.status = 204
      response.body = .bytes(.init())
      return response
    default: return unknownRoute()
    }
  }

  private static func hookFault(_ message: String) -> ServiceError {
    ServiceError(
      400,
      "SubscriptionInputException",
      in: "Microsoft.VisualStudio.Services.ServiceHooks.WebApi",
      "TF400898: The subscription cannot be made: \(message)."
    )
  }

  private static let secrets: Set<String> = ["basicAuthPassword", "httpHeaders"]

  private func fields(_ subscription: HookSubscription, _ json: inout JSONWriter) {
    json.field("id", subscription.id.description)
    json.field("url", "\(organizationAddress)/_apis/hooks/subscriptions/\(subscription.id)")
    json.field("status", subscription.status)
    json.field("publisherId", "tfs")
    json.field("eventType", subscription.eventType)
    json.field("resourceVersion", subscription.resourceVersion)
    json.field("consumerId", "webHooks")
    json.field("consumerActionId", "httpRequest")
    json.object("publisherInputs") { json in
      for (key, value) in subscription.publisherInputs.sorted(by: { $0.key < $1.key }) {
        json.field(named: key, value)
      }
    }
    json.object("consumerInputs") { json in
      for (key, value) in subscription.consumerInputs.sorted(by: { $0.key < $1.key }) {
        json.field(named: key, Self.secrets.contains(key) ? "********" : value)
      }
    }
  }
}
