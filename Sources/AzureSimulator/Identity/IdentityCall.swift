import Foundation
import NIOCore

/// One request to the sign-in host or to a managed identity endpoint, with everything its answer depends on.
struct IdentityCall: Sendable {
  let request: SimulatorRequest
  let route: IdentityRoute
  let identity: World.Identity
  let signer: TokenSigner
  let arcKeys: ArcKeys
  let fault: FaultAnswer?
  let stamp: Stamp
  /// Scheme and host for the addresses in the answer.
  let base: String

  /// The answer, errors and faults included.
  func answer() -> SimulatorResponse {
    if let replaced = fault.flatMap({ replacement($0) }) { return replaced }
    let response = target()
    return fault.map { altered(response, $0) } ?? response
  }

  private func target() -> SimulatorResponse {
    switch route {
    case .token(let tenant): return entraToken(tenant)
    case .discovery(let tenant): return discovery(tenant)
    case .instanceDiscovery: return instanceDiscovery()
    case .source(let source): return sourceAnswer(source)
    }
  }

  /// Whom the request asks a token for, in lower case: the client id it sends, else `system-assigned` at the
  /// endpoints and `unknown` at the sign-in host.
  ///
  /// Under this name requests are counted and faults are set.
  static func subject(of request: SimulatorRequest, _ route: IdentityRoute) -> String {
    switch route {
    case .token: Form(request).value("client_id")?.lowercased() ?? "unknown"
    case .discovery, .instanceDiscovery: "unknown"
    case .source:
      request.query.value("client_id", "clientid", "object_id", "principal_id", "msi_res_id", "mi_res_id")?
        .lowercased() ?? "system-assigned"
    }
  }
}

// MARK: - Answers

extension IdentityCall {
  func json(_ status: Int, _ body: ByteBuffer) -> SimulatorResponse {
    SimulatorResponse(
      status: status,
      headers: headers() + [("Content-Type", "application/json; charset=utf-8")],
      body: .bytes(body)
    )
  }

  func page(_ status: Int) -> SimulatorResponse {
    SimulatorResponse(
      status: status,
      headers: [("Content-Type", "text/html; charset=utf-8")],
      body: .bytes(ByteBuffer(string: Page.unexpected))
    )
  }

  /// A token with its fields; a fault may alter them.
  func success(_ answer: TokenAnswer) -> SimulatorResponse {
    var answer = answer
    if case .tokenFields(let fields) = fault {
      for (name, value) in fields.sorted(by: { $0.key < $1.key }) { answer.alter(name, value) }
    }
    return json(200, answer.body)
  }

  /// The token's text; nil where it cannot be written, which no claims of ours are.
  func token(_ subject: TokenSubject, audience: String, lifetime: Int) -> String? {
    try? signer.token(subject.claims(audience: audience, lifetime: lifetime, stamp: stamp))
  }

  private func headers() -> [(name: String, value: String)] {
    var headers = [
      (name: "Cache-Control", value: "no-store, no-cache"), (name: "Pragma", value: "no-cache"),
      (name: "x-ms-request-id", value: trace),
    ]
    if request.header("return-client-request-id")?.lowercased() == "true" {
      headers.append((name: "client-request-id", value: correlation))
    }
    return headers
  }

  var trace: String { stamp.activity.description }

  /// The id the caller sent for the support, when it is one.
  var correlation: String {
    request.header("client-request-id").flatMap { GUID($0) }?.description ?? trace
  }
}

/// The pairs of a posted form; empty when the body is none.
struct Form: Sendable {
  private let query: Query

  init(_ request: SimulatorRequest) {
    let type = request.header("content-type")?.split(separator: ";").first?.lowercased()
    let isForm = type?.trimmingCharacters(in: .whitespaces) == "application/x-www-form-urlencoded"
    query = Query(isForm ? Substring(String(decoding: request.body, as: UTF8.self)) : "")
  }

  /// The value of a field, nil when it is absent or empty.
  func value(_ name: String) -> String? {
    query.value(name)
  }

  /// A field that was sent more than once.
  var repeated: String? {
    var seen: Set<String> = []
    return query.pairs.first { !seen.insert($0.name).inserted }?.name
  }
}
