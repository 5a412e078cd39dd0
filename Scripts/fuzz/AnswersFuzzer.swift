import Foundation
import Locks
import YAML

@testable import AzureDevOps
@testable import CatalogServer
@testable import CatalogStore
@testable import Credentials
@testable import Settings
@testable import Transport

/// Answers every question of the crawler with answers of any bytes, and sends them as webhooks too.
///
/// Answers have the byte 1E between them. One that begins with `HTTP/` has a head; any other is the body of a 200.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAnswers(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  let script = Script(bytes)

  for answer in script.answers { checkHeaders(answer) }
  checkRows(script.answers[0].body)
  checkWebhook(script.answers[0].body)
  mainThread.run {
    await checkLists(script)
    await checkFiles(script)
    await checkChanges(script)
    await checkSearch(script)
    await checkIdentity(script)
    await checkTokens(script)
  }
  return 0
}

private let mainThread = MainThread()

/// Runs tasks on the thread that waits for them: to go to another one and back takes longer than what is done there.
private final class MainThread: TaskExecutor {
  private let jobs = Guarded<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  func run(_ work: @escaping @Sendable () async -> Void) {
    let isDone = Guarded(false)
    Task(executorPreference: self) {
      await work()
      isDone.withLock { $0 = true }
    }
    while !isDone.withLock({ $0 }) {
      let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      // Timers are tasks of nobody, which other threads run.
      if let job { job.runSynchronously(on: asUnownedTaskExecutor()) } else { sched_yield() }
    }
  }
}

// MARK: - The service

/// Nothing of it may stand in a message.
private let canary = "canary-3f9a"

/// The answers of a service, one after the other.
private struct Script: Sendable {
  var answers: [HTTPResponse]

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    answers = bytes.split(separator: 0x1E, maxSplits: 5, omittingEmptySubsequences: false).map {
      Self.answer(Array($0))
    }
    // Who cannot guess a hash may name the content whose it is.
    for index in answers.indices {
      let own = JSONObject(answers[index].body[...])?.utf8("content") ?? []
      let next = index + 1 < answers.count ? answers[index + 1].body : []
      answers[index].body = answers[index].body
        .replacing("ID-OF-CONTENT".utf8, with: GitObjectID.blob(own).utf8)
        .replacing("ID-OF-NEXT".utf8, with: GitObjectID.blob(next).utf8)
    }
  }

  private static func answer(_ bytes: [UInt8]) -> HTTPResponse {
    guard bytes.starts(with: "HTTP/".utf8) else { return HTTPResponse(status: 200, body: bytes) }
    var headers = HTTPHeaders()
    var rest = bytes[...]
    var status: Int?
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[...end]
      rest = rest[(end + 1)...]
      if line.allSatisfy({ $0 == 0x0A || $0 == 0x0D }) { break }
      if status == nil {
        status = line.split(separator: UInt8(ascii: " ")).dropFirst().first.flatMap {
          Int(String(decoding: $0, as: UTF8.self))
        }
      }
      headers.append(line)
    }
    return HTTPResponse(status: status ?? 200, headers: headers, body: Array(rest))
  }

  /// Gives the answers in their order and the last one again, a few times.
  var send: Send {
    let count = Guarded(0)
    return { [answers] request throws(TransportError) in
      check(request)
      let number = count.withLock { count in
        count += 1
        return count - 1
      }
      guard number < 12 else { throw .closed }
      var answer = answers[min(number, answers.count - 1)]
      guard answer.body.count <= request.bodyLimit else { throw .bodyTooLarge(limit: request.bodyLimit) }
      guard let stream = request.bodyStream else { return answer }
      if answer.status == 200 {
        let middle = answer.body.count / 2
        _ = stream.offer(Array(answer.body[..<middle])) {}
        _ = stream.offer(Array(answer.body[middle...])) {}
        answer.body = []
      }
      stream.finish()
      return answer
    }
  }
}

private func check(_ request: HTTPRequest) {
  let isPrintable = { (text: String) in text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
  precondition(isPrintable(request.url) && !request.url.contains(canary), "no address: \(request.url)")
  precondition(
    [
      "https://dev.azure.com/contoso/", "https://almsearch.dev.azure.com/contoso/",
      "https://login.microsoftonline.com/",
      "http://169.254.169.254/", "http://127.0.0.1/",
    ].contains { request.url.hasPrefix($0) },
    "asked elsewhere: \(request.url)"
  )
  for header in request.headers {
    precondition(header.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }, "no header: \(header)")
  }
}

/// A clock on which every wait is over at once.
private struct SkippingClock: Clock {
  struct Instant: InstantProtocol {
    var offset = Duration.zero

    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private let time = Guarded(Instant())

  var now: Instant { time.withLock { $0 } }
  var minimumResolution: Duration { .zero }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    time.withLock { $0 = max($0, deadline) }
  }
}

private let now = 1_790_000_000

private let settings: CrawlerSettings = {
  let text = """
    integrations: {azure: [{host: dev.azure.com, credentials: [{organizations: [contoso], personalAccessToken: \(canary)}]}]}
    """
  let files = FileAccess { _ in .success(Array(text.utf8)) }
  do {
    return try SettingsFiles.read(explicit: ["a.yaml"], folder: "/", environment: [:], files: files)
  } catch {
    preconditionFailure("\(error)")
  }
}()

private func client(_ script: Script) -> AzureDevOpsClient {
  let (clock, send) = (SkippingClock(), script.send)
  let limiter = RateLimiter(LimiterRules(concurrency: 4), clock: clock, jitter: { 0.5 })
  return AzureDevOpsClient(
    address: OrganizationAddress(host: "dev.azure.com", name: "contoso", endpoint: "https://dev.azure.com"),
    authorizer: Authorizer(settings: settings, environment: [:], send: send, clock: clock),
    pacing: RequestPacing(limiter: limiter, retry: RetryRule(), clock: clock, jitter: { 0.5 }),
    now: { now },
    send: send
  )
}

private func check(_ error: FetchError) {
  checkText(error.fullDescription, hiding: canary)
  precondition(error.wait ?? .zero >= .zero, "a wait that is over before it begins: \(error)")
}

/// A message is one line of bounded length, without the secret where one was sent.
private func checkText(_ text: String, hiding secret: String? = nil) {
  precondition(text.utf8.count <= 8_000, "a message of \(text.utf8.count) bytes")
  precondition(
    !text.unicodeScalars.contains { $0.properties.generalCategory == .control },
    "a control: \(text)"
  )
  if let secret { precondition(text.utf8.firstRange(of: secret.utf8) == nil, "a secret: \(text)") }
}

// MARK: - Heads

private func checkHeaders(_ answer: HTTPResponse) {
  let signals = RateSignals(answer.headers, now: now)
  let year = Duration.seconds(366 * 86_400)
  for wait in [signals.retryAfter, signals.delay, signals.budget?.resetAfter, signals.pause] {
    precondition((.zero...year).contains(wait ?? .zero), "no wait: \(signals)")
  }
  if let budget = signals.budget {
    precondition(budget.remaining.isFinite && budget.remaining >= 0, "no budget: \(budget)")
    if let limit = budget.limit { precondition(limit.isFinite && limit >= 0, "no limit: \(budget)") }
  }
  if let error = FetchError(answer: answer) {
    check(error)
    precondition(FetchError(answer: answer) == error, "two readings differ")
    let absent: [FetchError.Meaning] = [.fileAbsent, .branchAbsent, .repositoryEmpty]
    precondition(!absent.contains(error.meaning) || answer.status == 404, "absent with \(answer.status)")
  } else {
    precondition(answer.status == 200, "a success with \(answer.status)")
  }
  for name in ["Location", "Retry-After", "Date", "ETag"] {
    let value = answer.headers[name] ?? ""
    if let moment = Moment.http(value) {
      precondition((-3_000_000_000...300_000_000_000).contains(moment), "no year")
    }
  }
  checkText(AnswerText.redirectTarget(of: answer, hiding: []))
  if let wait = AnswerText.retryAfter(of: answer, now: now) {
    precondition((.zero...Duration.seconds(86_400)).contains(wait), "no wait: \(wait)")
  }
  if let path = try? ArcIdentity.path(in: answer.headers["WWW-Authenticate"] ?? "") {
    precondition(
      path.hasPrefix(ArcIdentity.keyFolder + "/") && path.utf8.split(separator: UInt8(ascii: "/")).count == 5,
      "outside: \(path)"
    )
  }
}

// MARK: - Lists

/// However a list is cut into pieces, it has the same rows, and those that any reader of JSON finds.
private func checkRows(_ body: [UInt8]) {
  func rows(_ pieces: [[UInt8]]) -> [[UInt8]]? {
    var (reader, rows) = (JSONRows(), [[UInt8]]())
    do {
      for piece in pieces { rows += try reader.feed(piece) }
      try reader.finish()
      return rows
    } catch {
      return nil
    }
  }
  let whole = rows([body])
  precondition(whole == rows(body.map { [$0] }), "two readings differ")
  guard !body.contains(0), let json = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
  else { return }
  let isNested = body.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") } > 60
  guard let object = JSONObject(body[...]) else {
    // Foundation takes commas that stand before nothing.
    precondition(isNested || (try? JSONReader.read(body)) == nil, "JSON that is not read")
    return
  }
  // Of several members with one name any may count.
  let text = String(decoding: body, as: UTF8.self)
  func isOnce(_ key: String) -> Bool { text.ranges(of: "\"\(key)\"").count == 1 && !text.contains("\\u") }
  if isOnce("id"), let id = json["id"] as? String {
    precondition(object.string("id") == id, "another text: \(id)")
  }
  if isOnce("value"), isOnce("count"), let value = json["value"] as? [[String: Any]],
    json["count"] as? Int == value.count
  {
    precondition(isNested || whole?.count == value.count, "another number of rows")
  }
}

private func checkLists(_ script: Script) async {
  var rows: [RepositoryRow] = []
  do {
    let reader = try await client(script).listRepositories {
      rows += $0
    } restart: {
      rows = []
    }
    checkText(String(reader.prefix(7_000)))
    for row in rows {
      precondition(
        ![row.id, row.name, row.projectID, row.projectName].contains(""),
        "a repository without a name: \(row)"
      )
      precondition(row.size >= 0, "a size below nothing: \(row)")
    }
  } catch let error as FetchError {
    check(error)
  } catch {
    preconditionFailure("an error of ours: \(error)")
  }
  let ids: Set<String> = ["a", "b"]
  await call(script) { client throws(FetchError) in
    let found = try await client.deletedRepositories(projectID: "p", among: ids)
    precondition(found.isSubset(of: ids), "not asked for")
  }
  await call(script) { client throws(FetchError) in
    let found = try await client.deletedProjects(among: ids)
    precondition(found.isSubset(of: ids), "not asked for")
  }
  await call(script) { client throws(FetchError) in _ = try await client.projects() }
  await call(script) { client throws(FetchError) in
    let found = try await client.subscriptions(to: "git.push")
    precondition(found.allSatisfy { $0.eventType == "git.push" }, "not asked for")
    let url = found.first?.url ?? "https://catalog.example/"
    for step in HookPlan(removing: url, existing: found).steps {
      precondition(!step.existing.isEmpty, "nothing to delete")
    }
    _ = HookHealth.all(endingIn: "/webhooks/azure-devops", projects: ["p"], existing: found)
  }
  await call(script) { client throws(FetchError) in _ = try await client.repository(project: "p", name: "r") }
}

private func call(_ script: Script, _ work: (AzureDevOpsClient) async throws(FetchError) -> Void) async {
  do throws(FetchError) {
    try await work(client(script))
  } catch {
    check(error)
  }
}

// MARK: - Files

private func checkFiles(_ script: Script) async {
  await call(script) { client throws(FetchError) in
    let answer = try await client.file(
      repositoryID: "r",
      path: "/catalog-info.yaml",
      version: .branch("é b"),
      unless: script.answers[0].headers["ETag"]
    )
    guard case .read(let file) = answer else { return }
    precondition(GitObjectID.blob(file.content) == file.blobID, "a content with another id")
  }
  await call(script) { client throws(FetchError) in
    let listing = try await client.files(repositoryID: "r", below: "/", version: nil) {
      $0.hasSuffix(".yaml")
    }
    precondition(listing.files.count <= listing.itemCount, "more files than items")
    precondition(listing.files.allSatisfy { $0.path.hasSuffix(".yaml") }, "not asked for")
  }
  await call(script) { client throws(FetchError) in
    _ = try await client.folderVersion(repositoryID: "r", folder: "/", version: .tag("t"))
  }
  let texts = ["", "a\n", "b\n"].map { GitObjectID.blob(Array($0.utf8)) }
  let ids = texts + [GitObjectID.blob(script.answers[script.answers.count - 1].body), "no id", texts[0]]
  var told: [String] = []
  await call(script) { client throws(FetchError) in
    try await client.blobs(repositoryID: "r", ids: ids) { id, content in
      told.append(id)
      switch content {
      case .success(let bytes): precondition(GitObjectID.blob(bytes) == id, "a content with another id")
      case .failure(let error): check(error)
      }
    }
    precondition(told.count == Set(ids).count, "not told of each")
  }
  precondition(Set(told).count == told.count, "told twice")
  if let contents = try? ZipFile.contents(
    of: script.answers[0].body,
    limits: .init(members: 8, bytes: 100_000)
  ) {
    precondition(
      contents.count <= 8 && contents.reduce(0) { $0 + $1.count } <= 100_000,
      "more than was allowed"
    )
  }
}

private func checkChanges(_ script: Script) async {
  let commit = String(repeating: "0", count: 40)
  await call(script) { client throws(FetchError) in
    guard
      let changes = try await client.changes(repositoryID: "r", since: commit, to: nil, where: { _ in true })
    else { return }
    precondition(GitObjectID.isValid(changes.commitID), "no commit: \(changes)")
    precondition(Set(changes.files.map(\.path)).count == changes.files.count, "a file twice")
    precondition(changes.files.allSatisfy { $0.blobID.map(GitObjectID.isValid) ?? true }, "no id: \(changes)")
  }
}

private func checkSearch(_ script: Script) async {
  await call(script) { client throws(FetchError) in
    let address = client.address.forSearch { "https://\($0)" }
    var hits: [CodeSearchHit] = []
    let outcome = try await client.codeSearch(.path("/catalog-info.yaml"), at: address) { hits += $0 }
    if case .answered(let total, let isWhole) = outcome {
      precondition(total >= 0, "fewer than none")
      precondition(!isWhole || hits.isEmpty || total > 0, "hits of none")
    }
    precondition(Set(hits).count == hits.count, "a hit twice")
    precondition(hits.allSatisfy { $0.path.hasPrefix("/") }, "a path from nowhere")
  }
}

// MARK: - Who we are

private func checkIdentity(_ script: Script) async {
  await call(script) { client throws(FetchError) in
    let identity = try await client.connectionIdentity()
    checkText(identity.name + identity.id + (identity.organizationID ?? ""))
  }
}

private func checkTokens(_ script: Script) async {
  await token(hasSecret: true) { context throws(TokenFailure) in
    try await SignInService(context(script, [:])).token(
      tenant: "t",
      client: "c",
      proof: .secret(Secret(canary))
    )
  }
  let places = [
    [:], ["IDENTITY_ENDPOINT": "http://127.0.0.1/a", "IDENTITY_HEADER": canary],
    ["IDENTITY_ENDPOINT": "http://127.0.0.1/a?b", "IMDS_ENDPOINT": "x"],
    ["MSI_ENDPOINT": "http://127.0.0.1/c", "MSI_SECRET": canary],
    ["MSI_ENDPOINT": "http://127.0.0.1/c"],
  ]
  for place in places {
    for identity in [ManagedIdentity.systemAssigned, .userAssigned(clientID: "c")] {
      await token(hasSecret: place.values.contains(canary)) { context throws(TokenFailure) in
        try await MachineIdentity(context: context(script, place), identity: identity, audience: "a").token()
      }
    }
  }
  for tool in [DeveloperTool.az, .azd] {
    await token { context throws(TokenFailure) in
      try await tool.token(context(script, ["PATH": "/bin:/usr/bin"]))
    }
  }
  let text = String(decoding: script.answers[0].body, as: UTF8.self)
  if let claims = AssertionClaims(text) { checkText("\(claims)") }
}

private func token(
  hasSecret: Bool = false,
  _ work: ((Script, [String: String]) -> IdentityContext) async throws(TokenFailure) -> AccessToken
) async {
  do throws(TokenFailure) {
    let token = try await work(context)
    precondition(token.value.reveal().utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "no header")
    precondition(token.lifetime > .zero && token.refreshIn ?? .seconds(1) > .zero, "no life: \(token)")
  } catch {
    checkText(error.message, hiding: hasSecret ? canary : nil)
    if case .throttled(let wait) = error.outcome { precondition(wait >= .zero, "no wait: \(error)") }
  }
}

private func context(_ script: Script, _ environment: [String: String]) -> IdentityContext {
  let answer = script.answers[0]
  return IdentityContext(
    send: script.send,
    environment: environment,
    endpoints: [:],
    clock: SkippingClock(),
    now: { now },
    jitter: { 0.5 },
    warn: { checkText($0) },
    secrets: [Secret(canary)],
    files: IdentityFiles(
      exists: { _ in false },
      readToken: { _, _ in .bytes(answer.body) },
      readKey: { _, _ in .bytes(Array(canary.utf8)) }
    ),
    runTool: { _ in .ended(answer.status == 200 ? 0 : 1, output: answer.body, errors: answer.body) }
  )
}

// MARK: - Webhooks

private func checkWebhook(_ body: [UInt8]) {
  guard let event = try? WebhookEvent(json: body) else { return }
  precondition((try? WebhookEvent(json: body)) == event, "two readings differ")
  let texts = [
    event.type, event.id, event.repositoryID, event.repository, event.project, event.defaultBranch,
  ].compactMap(\.self)
  precondition((texts + event.addresses).allSatisfy { $0.utf8.count <= 2_048 }, "a text without an end")
  guard case .refresh(let hint) = WebhookScope(settings).verdict(event, known: nil) else { return }
  precondition(
    settings.scope.contains { $0.host == hint.host && $0.name == hint.organization },
    "not ours: \(hint)"
  )
  precondition(hint.project != nil && hint.repository != nil, "more than a repository: \(hint)")
  var queue = HintQueue(settle: .seconds(10))
  precondition(queue.add(hint, id: event.id, order: event.order, at: .zero) == .queued, "lost")
  precondition(
    event.id == nil || queue.add(hint, id: event.id, order: event.order, at: .zero) == .duplicate,
    "taken twice"
  )
  precondition(queue.takeDue(at: .zero) == [hint], "not due")
}
