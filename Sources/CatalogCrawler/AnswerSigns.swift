import Credentials
import Foundation
import Locks
import Transport

/// What the headers of an organization's answers tell besides the answers, refusals included.
final class AnswerSigns: Sendable {
  private struct State {
    var clockSkew: Int?
    var tenant: String?
  }

  private let state = Guarded(State())

  /// How far this machine's clock is ahead of the service's, in seconds; nil when no answer had a date.
  var clockSkew: Int? { state.withLock { $0.clockSkew } }
  /// The tenant that the organization belongs to, in lower case; nil when no answer named it
  /// (facts/azure-identity.md 1.7).
  var tenant: String? { state.withLock { $0.tenant } }

  /// The same way to send, with a look at the answers.
  func watching(_ send: @escaping Send) -> Send {
    { request throws(TransportError) in
      let before = Date()
      let response = try await send(request)
      self.note(response, between: before, and: Date())
      return response
    }
  }

  private func note(_ response: HTTPResponse, between before: Date, and after: Date) {
    let middle = (before.timeIntervalSince1970 + after.timeIntervalSince1970) / 2
    let skew = response.headers["Date"].flatMap(Moment.http).map { Int(middle) - $0 }
    let tenant = response.headers["X-VSS-ResourceTenant"].flatMap(UUID.init)?.uuidString.lowercased()
    state.withLock { state in
      state.clockSkew = state.clockSkew ?? skew
      state.tenant = state.tenant ?? tenant
    }
  }
}
