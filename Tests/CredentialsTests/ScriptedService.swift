import Foundation
import Settings
import TestSupport
import Transport

@testable import Credentials

/// An identity service that answers from a script and remembers what it was asked.
final class ScriptedService: Sendable {
  /// What comes back for one request.
  enum Answer: Sendable {
    case response(HTTPResponse)
    case error(TransportError)
  }

  private struct State {
    var requests: [HTTPRequest] = []
    var answers: [Answer]
  }

  private let state: Locked<State>

  /// Answers in the order given; the last answer is repeated for ever.
  init(_ answers: [Answer]) { state = Locked(State(answers: answers)) }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }

  var send: Send {
    { request throws(TransportError) in
      let answer = self.state.withLock { state in
        state.requests.append(request)
        return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
      }
      switch answer {
      case .response(let response): return response
      case .error(let error): throw error
      }
    }
  }
}

extension ScriptedService.Answer {
  /// An answer with a JSON or other text.
  static func status(_ status: Int, _ body: String = "", _ headers: [(String, String)] = []) -> Self {
    let fields = headers.map { (name: $0.0, value: $0.1) }
    return .response(HTTPResponse(status: status, headers: HTTPHeaders(fields), body: Array(body.utf8)))
  }

  /// A token as the sign-in service gives it.
  static func token(_ value: String, life seconds: Int = 3600) -> Self {
    .status(200, #"{"token_type":"Bearer","expires_in":\#(seconds),"access_token":"\#(value)"}"#)
  }

  /// A refusal of the sign-in service.
  static func refusal(_ status: Int, _ error: String, code: Int, _ text: String = "said no.") -> Self {
    .status(
      status,
      #"{"error":"\#(error)","error_description":"AADSTS\#(code): \#(text)\r\nTrace ID: t-1","#
        + #""error_codes":[\#(code)],"trace_id":"t-1","correlation_id":"c-1","timestamp":"2026-01-09 02:02:12Z"}"#
    )
  }

  static let refusedConnection = Self.error(.failed(code: 7, reason: "Couldn't connect to server"))
}

/// A clock whose sleepers wake at once, with the time moved on.
final class SkippingClock: Clock, Sendable {
  typealias Instant = ManualClock.Instant

  private struct State {
    var now = Instant()
    var waits: [Duration] = []
  }

  private let state = Locked(State())

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .zero }
  /// How long the sleepers slept, in order.
  var waits: [Duration] { state.withLock { $0.waits } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    state.withLock { state in
      state.waits.append(state.now.duration(to: deadline))
      state.now = max(state.now, deadline)
    }
  }

  func advance(by duration: Duration) {
    state.withLock { $0.now = $0.now.advanced(by: duration) }
  }
}

/// What an identity source sees in a test: a script, a clock that skips, and no machine.
struct TestWorld {
  /// 2027-01-15 08:00:00 UTC.
  static let now = 1_800_000_000

  let service: ScriptedService
  let clock = SkippingClock()
  let warnings = Locked<[String]>([])
  let calls = Locked<[ToolCall]>([])
  var environment: [String: String] = [:]
  var endpoints: [String: String] = [:]
  var secrets: [Secret] = []
  var files: [String: String] = [:]
  var tool: ToolResult = .notStarted("no tools in tests")

  init(_ answers: ScriptedService.Answer...) { self.init(list: answers) }

  init(list answers: [ScriptedService.Answer]) {
    service = ScriptedService(answers.isEmpty ? [.refusedConnection] : answers)
  }

  var requests: [HTTPRequest] { service.requests }
  var waits: [Duration] { clock.waits }

  var context: IdentityContext {
    let (files, tool) = (files, tool)
    let read = { @Sendable (path: String, maxBytes: Int) -> SmallFile.Content in
      guard let text = files[path] else { return .unreadable("No such file or directory") }
      return text.utf8.count > maxBytes
        ? .unreadable("it is larger than \(maxBytes) bytes") : .bytes(Array(text.utf8))
    }
    return IdentityContext(
      send: service.send,
      environment: environment,
      endpoints: endpoints,
      clock: clock,
      now: { Self.now },
      jitter: { 0.5 },
      warn: { [warnings] text in warnings.withLock { $0.append(text) } },
      secrets: secrets,
      files: IdentityFiles(exists: { files[$0] != nil }, readToken: read, readKey: read),
      runTool: { [calls] call in
        calls.withLock { $0.append(call) }
        return tool
      }
    )
  }

  func authorizer(_ integrations: AzureIntegration...) -> Authorizer {
    Authorizer(settings: CrawlerSettings(integrations: integrations), context: context, clock: clock)
  }
}

extension HTTPRequest {
  /// The body as text.
  var text: String { String(decoding: body ?? [], as: UTF8.self) }

  /// The fields of the body or, for a GET, of the query.
  var fields: [String: String] {
    let form = body == nil ? String(url.drop { $0 != "?" }.dropFirst()) : text
    var fields: [String: String] = [:]
    for field in form.split(separator: "&") {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      fields[parts[0]] = (parts.count > 1 ? parts[1] : "").removingPercentEncoding
    }
    return fields
  }

  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// What a call threw, or nil when it did not.
func failure<Value>(_ body: () async throws(TokenFailure) -> Value) async -> TokenFailure? {
  do throws(TokenFailure) {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}
