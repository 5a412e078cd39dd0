import Credentials
package import Settings
import Transport

/// A project of an organization.
package struct ProjectRow: Sendable, Equatable {
  /// GUID, in lower case.
  package var id: String
  package var name: String

  package init(id: String, name: String) {
    self.id = id
    self.name = name
  }
}

/// A subscription to events that are sent to an address (facts/azure-devops-api.md 7.1).
package struct HookSubscription: Sendable, Equatable {
  package var id: String
  package var eventType: String
  /// GUID, in lower case; empty for all projects.
  package var projectID: String
  package var url: String
  /// As the service says it, such as `enabled` or `disabledBySystem`.
  package var status: String

  package init(id: String, eventType: String, projectID: String, url: String, status: String = "enabled") {
    self.id = id
    self.eventType = eventType
    self.projectID = projectID
    self.url = url
    self.status = status
  }

  /// Whether events are delivered: also while the service has its doubts.
  package var isActive: Bool { !status.lowercased().hasPrefix("disabled") }
}

/// What a subscription is to send, and where.
package struct HookTarget: Sendable {
  package var url: String
  /// What proves to the receiver who sends.
  package var settings: WebhookSettings

  package init(url: String, settings: WebhookSettings) {
    self.url = url
    self.settings = settings
  }
}

extension AzureDevOpsClient {
  /// How many projects are asked for at a time.
  private static let page = 1_000
  private static let maxPages = 100

  /// The projects of the organization, in one request for each 1,000 (facts/azure-devops-api.md 2.1).
  package func projects() async throws(FetchError) -> [ProjectRow] {
    try await renewing { authorization throws(FetchError) in
      var projects: [ProjectRow] = []
      for page in 0..<Self.maxPages {
        let route =
          "_apis/projects?$top=\(Self.page)&$skip=\(page * Self.page)&api-version=\(Self.apiVersion)"
        let rows = try await rows(of: route, authorization, "list of projects")
        projects += rows.compactMap { row in
          guard let id = row.string("id"), let name = row.string("name") else { return nil }
          return ProjectRow(id: id.lowercased(), name: name)
        }
        if rows.count < Self.page { break }
      }
      return projects
    }
  }

  /// The subscriptions of all projects that send one kind of event to an address.
  ///
  /// Asked for by kind: all at once takes too long in large organizations (facts/azure-devops-api.md 7.1).
  package func subscriptions(to eventType: String) async throws(FetchError) -> [HookSubscription] {
    try await renewing { authorization throws(FetchError) in
      let route =
        "_apis/hooks/subscriptions?publisherId=tfs&eventType=\(URLText.encoded(eventType))"
        + "&consumerId=webHooks&consumerActionId=httpRequest&api-version=\(Self.apiVersion)"
      return try await rows(of: route, authorization, "list of subscriptions").compactMap { row in
        guard let id = row.string("id"), row.string("eventType") == eventType,
          let url = row.object("consumerInputs")?.string("url")
        else { return nil }
        return HookSubscription(
          id: id,
          eventType: eventType,
          projectID: row.object("publisherInputs")?.string("projectId")?.lowercased() ?? "",
          url: url,
          status: row.string("status") ?? ""
        )
      }
    }
  }

  /// Makes a subscription to one kind of event of one project.
  package func subscribe(
    to eventType: String,
    ofProject projectID: String,
    _ target: HookTarget
  ) async throws(FetchError) {
    try await renewing { authorization throws(FetchError) in
      let request = question(
        "_apis/hooks/subscriptions?api-version=\(Self.apiVersion)",
        authorization,
        json: Self.body(eventType, projectID, target)
      )
      // Asked twice, it would be made twice.
      _ = try await pacing.run(isIdempotent: false) {
        await attempt(request) { (response) throws(FetchError) in response }
      }.get()
    }
  }

  /// Deletes a subscription; one that is not there any more is no error.
  package func unsubscribe(_ id: String) async throws(FetchError) {
    try await renewing { authorization throws(FetchError) in
      var request = request(
        "_apis/hooks/subscriptions/\(URLText.encoded(id))?api-version=\(Self.apiVersion)",
        authorization
      )
      request.method = .delete
      do throws(FetchError) {
        _ = try await answer(to: request).get()
      } catch {
        guard error.status == 204 || error.status == 404 else { throw error }
      }
    }
  }

  private func rows(
    of route: String,
    _ authorization: Authorization,
    _ what: String
  ) async throws(FetchError) -> [JSONObject] {
    try await answer(to: request(route, authorization)) { (response) throws(FetchError) in
      guard let rows = JSONObject(response.body[...])?.objects("value") else {
        throw FetchError(.broken, status: response.status, detail: "the \(what) is not whole")
      }
      return rows
    }.get()
  }

  /// The texts that people would read are left out: they make most of an event.
  private static func body(_ eventType: String, _ projectID: String, _ target: HookTarget) -> [UInt8] {
    var inputs = [
      ("url", target.url), ("resourceDetailsToSend", "all"), ("messagesToSend", "none"),
      ("detailedMessagesToSend", "none"),
    ]
    if let basic = target.settings.basic {
      inputs += [("basicAuthUsername", basic.username), ("basicAuthPassword", basic.password.reveal())]
    }
    if let secret = target.settings.secret {
      inputs.append(("httpHeaders", "\(WebhookSettings.secretHeader):\(secret.reveal())"))
    }
    let version = eventType == "git.push" ? "1.0" : "1.0-preview.1"
    return object([
      ("publisherId", JSONObject.quoted("tfs")), ("eventType", JSONObject.quoted(eventType)),
      ("resourceVersion", JSONObject.quoted(version)), ("consumerId", JSONObject.quoted("webHooks")),
      ("consumerActionId", JSONObject.quoted("httpRequest")),
      ("publisherInputs", object([("projectId", JSONObject.quoted(projectID))])),
      ("consumerInputs", object(inputs.map { ($0.0, JSONObject.quoted($0.1)) })),
    ])
  }

  private static func object(_ members: [(String, [UInt8])]) -> [UInt8] {
    let texts = members.map { JSONObject.quoted($0.0) + [UInt8(ascii: ":")] + $0.1 }
    return [UInt8(ascii: "{")] + texts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
  }
}
