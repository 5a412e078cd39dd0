import Credentials
import Settings
import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// The client with a limiter and the retry rule, and answers that a test writes down.
@Suite(.timeLimit(.minutes(1)))
struct PacedClientTests {
  enum Step: Sendable {
    case answer(HTTPResponse)
    /// A part of a body that is streamed, then the error.
    case broken([UInt8], TransportError)
  }

  /// Plays the steps in order, repeating the last; sign-in requests get a new token each.
  private final class Service: Sendable {
    let asked = Locked<[HTTPRequest]>([])
    let tokens = Locked(0)
    private let steps: Locked<[Step]>

    init(_ steps: [Step]) { self.steps = Locked(steps) }

    var count: Int { asked.withLock { $0.count } }

    var send: Send {
      { [self] request throws(TransportError) in
        defer { request.bodyStream?.finish() }
        if request.url.contains("/oauth2/") {
          let number = tokens.withLock { tokens in
            tokens += 1
            return tokens
          }
          let token = #"{"token_type":"Bearer","expires_in":3600,"access_token":"t\#(number)"}"#
          return HTTPResponse(status: 200, body: Array(token.utf8))
        }
        asked.withLock { $0.append(request) }
        let step = steps.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        switch step {
        case .broken(let bytes, let error):
          if let stream = request.bodyStream { _ = stream.offer(bytes, resume: {}) }
          throw error
        case .answer(let answer):
          guard answer.status == 200, let stream = request.bodyStream else { return answer }
          _ = stream.offer(answer.body, resume: {})
          return HTTPResponse(status: 200, headers: answer.headers)
        }
      }
    }
  }

  private static let token = "personalAccessToken: ABC"
  private static let principal = "clientId: c, clientSecret: s, tenantId: t"

  private func client<C: Clock<Duration>>(
    _ service: Service,
    clock: C,
    credential: String = token,
    maxWait: Duration = .seconds(300)
  ) throws -> AzureDevOpsClient {
    let folder = try TemporaryFolder()
    try folder.write(
      "integrations: {azure: [{credentials: [{organizations: [o], \(credential)}]}]}\n",
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    let registry = LimiterRegistry(
      LimiterRules(concurrency: 4, maxWait: maxWait),
      clock: clock,
      jitter: { 0 }
    )
    return AzureDevOpsClient(
      address: OrganizationAddress(host: "dev.azure.com", name: "o", endpoint: "https://dev.azure.com"),
      authorizer: Authorizer(settings: settings, environment: [:], send: service.send),
      pacing: registry.pacing(for: LimiterKey(host: "dev.azure.com", organization: "o")),
      send: service.send
    )
  }

  private static func answer(
    _ status: Int,
    _ body: String = "{}",
    _ fields: (String, String)...
  ) -> Step {
    let headers = [("Content-Type", "application/json; charset=utf-8")] + fields
    return .answer(
      HTTPResponse(
        status: status,
        headers: HTTPHeaders(headers.map { (name: $0.0, value: $0.1) }),
        body: Array(body.utf8)
      )
    )
  }

  private static func lost(_ code: Int) -> Step { .broken([], .failed(code: code, reason: "x")) }

  private static let page = Step.answer(
    HTTPResponse(
      status: 429,
      headers: HTTPHeaders([("Content-Type", "text/html")]),
      body: Array("<html>".utf8)
    )
  )

  private static let text =
    #"{"objectId":"980a0d5f19a64b4b30a87d4206aade58726b60e3","gitObjectType":"blob","commitId":"c0ffee","#
    + #""path":"/a.yaml","content":"Hello World!\n"}"#
  private static let file = answer(200, text)

  private func read(_ client: AzureDevOpsClient) async throws(FetchError) -> RepositoryFile {
    try await client.file(repositoryID: "guid", path: "/a.yaml", version: nil)
  }

  /// Facts/peers.md 4.4, one odd answer before a good one; the waits are without jitter.
  @Test(arguments: [
    (page, [Duration.milliseconds(100)]), (answer(429), [.milliseconds(100)]),
    (answer(429, "{}", ("Retry-After", "2")), [.seconds(2)]),
    (answer(429, "{}", ("retry-after", "30")), [.seconds(30)]),
    (answer(503, "{}", ("Retry-After", "2")), [.seconds(2)]), (answer(503), [.milliseconds(100)]),
    (answer(500), [.milliseconds(100)]), (answer(500, "{}", ("RETRY-AFTER", "2")), [.seconds(2)]),
    (answer(502), [.milliseconds(100)]), (answer(504), [.milliseconds(100)]),
    (lost(56), []), (lost(52), []), (lost(18), []), (lost(28), [.milliseconds(100)]),
    (lost(7), [.milliseconds(100)]), (answer(200, String(text.dropLast(20))), [.milliseconds(100)]),
    (answer(200, ""), [.milliseconds(100)]),
  ])
  func `one odd answer heals with one more request`(odd: Step, waits: [Duration]) async throws {
    let (service, clock) = (Service([odd, Self.file]), RecordingClock())

    let file = try await read(client(service, clock: clock))

    #expect(file.content == Array("Hello World!\n".utf8))
    #expect(service.count == 2)
    #expect(clock.waits == waits)
  }

  @Test func `H156: an answer that was held back is used, and the next request waits`() async throws {
    let slow = Self.answer(200, Self.text, ("Retry-After", "2"), ("X-RateLimit-Delay", "0.250"))
    let (service, clock) = (Service([slow, Self.file]), RecordingClock())
    let client = try client(service, clock: clock)

    #expect(try await read(client).commitID == "c0ffee")
    #expect(service.count == 1 && clock.waits.isEmpty)
    #expect(try await read(client).commitID == "c0ffee")

    #expect(service.count == 2)
    #expect(clock.waits == [.seconds(2)])
  }

  @Test(arguments: [
    (answer(500), FetchError.Meaning.serviceTrouble), (answer(429), .throttled),
    (answer(429, "{}", ("Retry-After", "1")), .throttled), (lost(56), .unreachable),
    (answer(200, "{"), .broken),
  ])
  func `what stays is the failure of five attempts`(step: Step, meaning: FetchError.Meaning) async throws {
    let service = Service([step])
    let client = try client(service, clock: RecordingClock())

    let error = await #expect(throws: FetchError.self) { try await read(client) }

    #expect(error?.meaning == meaning)
    #expect(service.count == 5)
  }

  @Test(arguments: [401, 403, 404, 400, 203, 302])
  func `a refusal is asked for once`(status: Int) async throws {
    let service = Service([Self.answer(status)])
    let client = try client(service, clock: RecordingClock())

    await #expect(throws: FetchError.self) { try await read(client) }

    #expect(service.count == 1)
  }

  /// Facts/peers.md 4.4, 401 and 203: the token is renewed once, then it is over.
  @Test(arguments: [401, 203])
  func `a token that was refused is renewed once`(status: Int) async throws {
    let refusal = Self.answer(status)
    for (steps, isRead) in [([refusal, Self.file], true), ([refusal], false)] {
      let (service, clock) = (Service(steps), RecordingClock())
      let client = try client(service, clock: clock, credential: Self.principal)

      let file = try? await read(client)

      #expect((file != nil) == isRead)
      #expect(service.count == 2 && service.tokens.withLock { $0 } == 2)
      #expect(clock.waits.isEmpty)
    }
  }

  @Test(arguments: [403, 404, 400])
  func `what is no refusal of the token costs no new one`(status: Int) async throws {
    let service = Service([Self.answer(status)])
    let client = try client(service, clock: RecordingClock(), credential: Self.principal)

    await #expect(throws: FetchError.self) { try await read(client) }

    #expect(service.count == 1 && service.tokens.withLock { $0 } == 1)
  }

  /// H157.
  @Test func `H157: a wait that is too long fails clearly, and nothing more is sent`() async throws {
    let service = Service([Self.answer(429, "{}", ("Retry-After", "900"))])
    let client = try client(service, clock: RecordingClock())

    let first = await #expect(throws: FetchError.self) { try await read(client) }
    let second = await #expect(throws: FetchError.self) { try await read(client) }

    #expect(service.count == 1)
    for error in [first, second] {
      #expect(error?.meaning == .throttled && error?.endsOrganization == true)
      #expect(
        error?.description
          == "Azure DevOps asks this identity to wait longer than crawler.limits.maxWait (300 s)"
      )
      #expect(error?.fullDescription.hasSuffix(", to be asked again in 900 s") == true)
    }
  }

  @Test func `nothing is sent while a pause holds, and who is cancelled need not wait for its end`()
    async throws
  {
    let clock = ManualClock()
    let service = Service([Self.answer(429, "{}", ("Retry-After", "30")), Self.file])
    let client = try client(service, clock: clock)
    let task = Task { try await read(client) }
    await clock.waitForSleepers()
    clock.advance(by: .seconds(29))
    #expect(service.count == 1)

    task.cancel()

    let error = await #expect(throws: FetchError.self) { try await task.value }
    #expect(error?.meaning == .cancelled)
    #expect(service.count == 1)
  }

  @Test func `a back-off ends when the task is cancelled`() async throws {
    let clock = ManualClock()
    let client = try client(Service([Self.answer(500)]), clock: clock)
    let task = Task { try await read(client) }
    await clock.waitForSleepers()

    task.cancel()

    let error = await #expect(throws: FetchError.self) { try await task.value }
    #expect(error?.meaning == .cancelled)
  }

  // MARK: - Lists

  private static let rows = [
    #"{"id":"a","name":"a","project":{"id":"p","name":"P"}}"#,
    #"{"id":"b","name":"b","project":{"id":"p","name":"P"}}"#,
  ]
  private static let list = #"{"value":["# + rows.joined(separator: ",") + #"],"count":2}"#

  @Test(arguments: [
    // The connection breaks after the first row, the list ends in the middle, the count is another one.
    (Step.broken(Array(#"{"value":[\#(rows[0]),"#.utf8), .failed(code: 18, reason: "x")), 1),
    (answer(200, #"{"value":[\#(rows[0])"#), 1), (answer(200, list.replacing("2}", with: "3}")), 2),
    (answer(200, #"{"value":["#), 0), (answer(429, "{}", ("Retry-After", "1")), 0),
  ])
  func `a list that breaks off begins anew, and who has got rows is told so`(odd: Step, before: Int)
    async throws
  {
    let service = Service([odd, Self.answer(200, Self.list)])
    var (names, all, restarts): ([String], Int, Int) = ([], 0, 0)

    try await client(service, clock: RecordingClock()).listRepositories { rows in
      names += rows.map(\.name)
      all += rows.count
    } restart: {
      names = []
      restarts += 1
    }

    #expect(names == ["a", "b"])
    #expect(all == 2 + before)
    #expect(restarts == (before > 0 ? 1 : 0))
    #expect(service.count == 2)
  }

  private struct DiskIsFull: Error {}

  @Test func `what the receiver throws ends the listing, without another request`() async throws {
    let service = Service([Self.answer(200, Self.list)])
    let client = try client(service, clock: RecordingClock())

    await #expect(throws: DiskIsFull.self) { try await client.listRepositories { _ in throw DiskIsFull() } }

    #expect(service.count == 1)
  }

  @Test func `what the receiver throws at the restart ends the listing too`() async throws {
    let service = Service([Self.answer(200, #"{"value":[\#(Self.rows[0])"#), Self.answer(200, Self.list)])
    let client = try client(service, clock: RecordingClock())

    await #expect(throws: DiskIsFull.self) {
      try await client.listRepositories { _ in
      } restart: {
        throw DiskIsFull()
      }
    }

    #expect(service.count == 1)
  }
}
