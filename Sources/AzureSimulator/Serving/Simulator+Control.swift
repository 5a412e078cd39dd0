import NIOCore

extension Simulator {
  /// The simulator's own addresses: counts, reset, world, state.
  ///
  /// They are not counted.
  func control(_ request: SimulatorRequest) -> SimulatorResponse {
    switch (request.method, request.path) {
    case ("GET", "/__simulator/requests"): json { countsBody(requests, &$0) }
    case ("POST", "/__simulator/requests/reset"): reset()
    case ("POST", "/__simulator/change"): change(request.query)
    case ("GET", "/__simulator/world"): json { worldBody(&$0) }
    case ("GET", "/__simulator/assertion"): assertion(request.query)
    case ("GET", "/__status"): text(200, status)
    default:
      text(
        404,
        "No such address of the simulator: \(request.method) \(request.path). There are GET "
          + "/__simulator/requests, POST /__simulator/requests/reset, POST /__simulator/change?share=.., GET /__simulator/world, "
          + "GET /__simulator/assertion?issuer=..&subject=..&audience=.., GET /__status.\n"
      )
    }
  }

  private func reset() -> SimulatorResponse {
    resetRequests()
    return SimulatorResponse(status: 204, headers: [], body: .bytes(ByteBuffer()))
  }

  /// Changes the catalog files of a share of all repositories, from 0 to 1.
  private func change(_ query: Query) -> SimulatorResponse {
    guard let share = query.value("share").flatMap({ Double($0) }), share > 0, share <= 1 else {
      return text(400, "Expected a share above 0 and up to 1.\n")
    }
    change { $0.changeCatalogFiles(share: share) }
    return SimulatorResponse(status: 204, headers: [], body: .bytes(ByteBuffer()))
  }

  /// An assertion as text, for a federated token file.
  private func assertion(_ query: Query) -> SimulatorResponse {
    guard let issuer = query.value("issuer"), let subject = query.value("subject") else {
      return text(400, "Expected issuer and subject, and if need be audience and lifetime in seconds.\n")
    }
    let lifetime = query.value("lifetime").flatMap { Int($0) } ?? 3600
    let audience = query.value("audience") ?? "api://AzureADTokenExchange"
    let token = try? assertion(issuer: issuer, subject: subject, audience: audience, lifetime: lifetime)
    return token.map { text(200, $0) } ?? text(500, "The assertion could not be made.\n")
  }

  private func countsBody(_ counts: RequestCounts, _ json: inout JSONWriter) {
    json.field("total", counts.total)
    json.numbers("byRoute", counts.byRoute)
    json.numbers("byOrganization", counts.byOrganization)
    if !counts.byIdentity.isEmpty { json.numbers("byIdentity", counts.byIdentity) }
    json.field("maxConnections", counts.maxConnections)
    json.field("insideRetryAfter", counts.insideRetryAfter)
    guard options.meter != nil else { return }
    json.object("meter") {
      $0.field("units", Int(counts.units.rounded()))
      $0.field("delayed", counts.delayed)
      $0.field("blocked", counts.blocked)
    }
  }

  private func worldBody(_ json: inout JSONWriter) {
    json.array("organizations") { json in
      for organization in index.all {
        json.object { json in
          json.field("name", organization.name)
          json.field("id", organization.id.description)
          json.array("projects") { json in
            for project in organization.projects {
              json.object { projectBody(project, &$0) }
            }
          }
        }
      }
    }
  }

  private func projectBody(_ project: ProjectIndex, _ json: inout JSONWriter) {
    json.field("name", project.project.name)
    json.field("id", project.id.description)
    json.array("repositories") { json in
      for (repository, id) in zip(project.project.repositories, project.repositoryIDs) {
        json.object {
          $0.field("name", repository.name)
          $0.field("id", id.description)
        }
      }
    }
  }

  /// The text of nginx's stub_status module.
  private var status: String {
    let meter = self.meter
    return """
      Active connections: \(meter.openConnections)\u{20}
      server accepts handled requests
       \(meter.acceptedConnections) \(meter.acceptedConnections) \(meter.handledRequests)\u{20}
      Reading: 0 Writing: 1 Waiting: \(max(0, meter.openConnections - 1))\u{20}

      """
  }

  private func json(_ content: (inout JSONWriter) -> Void) -> SimulatorResponse {
    var json = JSONWriter()
    json.object(content)
    let type = (name: "Content-Type", value: "application/json; charset=utf-8")
    return SimulatorResponse(status: 200, headers: [type], body: .bytes(json.buffer))
  }

  private func text(_ status: Int, _ text: String) -> SimulatorResponse {
    let type = (name: "Content-Type", value: "text/plain; charset=utf-8")
    return SimulatorResponse(status: status, headers: [type], body: .bytes(ByteBuffer(string: text)))
  }
}

extension JSONWriter {
  /// An object of numbers under names that are not known beforehand, in name order.
  fileprivate mutating func numbers(_ name: StaticString, _ values: [String: Int]) {
    object(name) { json in
      for (key, value) in values.sorted(by: { $0.key < $1.key }) { json.field(named: key, value) }
    }
  }
}
