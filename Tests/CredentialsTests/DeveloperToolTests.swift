import Foundation
import Settings
import TestSupport
import Testing

@testable import Credentials

/// Facts/azure-identity.md 3.2, 6.7; 9, cases 68 to 71.
@Suite(.timeLimit(.minutes(1))) struct DeveloperToolTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Puts a shell script on the path.
  private func install(_ name: String, _ script: String) throws {
    try folder.write("#!/bin/sh\n\(script)\n", to: name)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(name))
  }

  /// A world where the tool on the path answers as given.
  private func world(_ result: ToolResult) throws -> TestWorld {
    try install("az", "exit 1")
    try install("azd", "exit 1")
    var world = TestWorld()
    world.environment = ["PATH": folder.path(""), "HOME": "/home/x"]
    world.tool = result
    return world
  }

  private func failing(_ result: ToolResult, _ tool: DeveloperTool = .az) async throws -> TokenFailure? {
    let context = try world(result).context
    return await failure { () throws(TokenFailure) in try await tool.token(context) }
  }

  private func ended(_ status: Int32 = 0, _ output: String = "", _ errors: String = "") -> ToolResult {
    .ended(status, output: Array(output.utf8), errors: Array(errors.utf8))
  }

  @Test func `az is asked for a token of Azure DevOps`() async throws {
    let world = try world(ended(0, #"{"accessToken":"t","expires_on":1800003600,"expiresOn":"x"}"#))

    let token = try await DeveloperTool.az.token(world.context)

    #expect(token == AccessToken(value: Secret("t"), lifetime: .seconds(3600)))
    let call = try #require(world.calls.withLock { $0.first })
    #expect(call.path.hasSuffix("/az"))
    #expect(
      call.arguments
        == [
          "account", "get-access-token", "--output", "json", "--resource",
          "499b84ac-1321-427f-aa17-267ca6975798",
        ]
    )
    #expect(call.environment["AZURE_CORE_NO_COLOR"] == "true")
    #expect(call.environment["HOME"] == "/home/x")
    #expect(call.timeout == .seconds(10))
  }

  @Test func `azd is asked for the scope of Azure DevOps, and its time is UTC`() async throws {
    let world = try world(ended(0, #"{"token":"t","expiresOn":"2027-01-15T09:00:00Z"}"#))

    let token = try await DeveloperTool.azd.token(world.context)

    #expect(token == AccessToken(value: Secret("t"), lifetime: .seconds(3600)))
    #expect(
      world.calls.withLock { $0.first?.arguments } == [
        "auth", "token", "--output", "json", "--no-prompt", "--scope",
        "499b84ac-1321-427f-aa17-267ca6975798/.default",
      ]
    )
  }

  @Test(arguments: [
    ("2027-01-15 08:00:00.000000", "America/New_York", 1_800_018_000),
    ("2027-01-15 08:00:00.000000", "Europe/Rome", 1_799_996_400),
    ("2027-01-15 08:00:00", "GMT", 1_800_000_000),
  ])
  func `68: the old answer of az is in local time`(text: String, zone: String, seconds: Int) throws {
    #expect(Moment.local(text, in: try #require(TimeZone(identifier: zone))) == seconds)
  }

  @Test func `68: a time with a Z is UTC wherever one is`() {
    #expect(Moment.utc("2027-01-15T08:00:00Z") == 1_800_000_000)
    #expect(Moment.utc("2027-01-15T08:00:00.123Z") == 1_800_000_000)
    #expect(Moment.utc("2027-01-15 08:00:00.000000") == nil)
  }

  @Test(arguments: [
    (
      "ERROR: Please run 'az login' to setup account.", TokenFailure.Outcome.notAvailable,
      "not logged in; run 'az login'"
    ),
    ("Please run az account set", .notAvailable, "not logged in; run 'az login'"),
    (
      "AADSTS700082: expired. az login", .refused,
      "'az' failed with status 1: AADSTS700082: expired. az login"
    ),
    ("ERROR: odd\nmore", .refused, "'az' failed with status 1: ERROR: odd"),
    ("", .refused, "'az' failed with status 1"),
    ("token eyJhbGciOi.x.y leaked", .refused, "'az' failed with status 1: token *** leaked"),
  ])
  func `a tool that fails says why`(errors: String, outcome: TokenFailure.Outcome, message: String)
    async throws
  {
    #expect(try await failing(ended(1, "", errors)) == TokenFailure(outcome, message))
  }

  @Test func `azd tells on either stream that nobody is logged in`() async throws {
    let line =
      #"{"type":"consoleMessage","data":{"message":"ERROR: not logged in, run `azd auth login` to login"}}"#

    #expect(
      try await failing(ended(1, line), .azd)
        == TokenFailure(.notAvailable, "not logged in; run 'azd auth login'")
    )
    #expect(try await failing(ended(1, "", line), .azd)?.outcome == .notAvailable)
  }

  @Test(arguments: [
    (ToolResult.timedOut, "'az' did not answer within 10 s"),
    (.notStarted("no"), "'az' cannot be started: no"),
    (.ended(127, output: [], errors: []), "'az' is not there"),
  ])
  func `a tool that does not work is passed over`(result: ToolResult, message: String) async throws {
    #expect(try await failing(result) == TokenFailure(.notAvailable, message))
  }

  @Test(arguments: [
    #"{"accessToken":"geheim"}"#, #"{"accessToken":"geheim","expiresOn":"soon"}"#, "geheim", #"["geheim"]"#,
    #"{"accessToken":"geheim","expires_on":1}"#,
  ])
  func `70: an answer that is no token is not quoted`(output: String) async throws {
    let failure = try await failing(ended(0, output))

    #expect(failure?.outcome == .refused)
    #expect(failure?.message.contains("geheim") == false)
  }

  @Test func `a tool gets no secrets`() async throws {
    var world = try world(ended(1))
    world.environment["AZURE_CLIENT_SECRET"] = "a"
    world.environment["IDENTITY_HEADER"] = "b"
    world.environment["MY_PAT"] = "configured"
    world.secrets = [Secret("configured")]

    let context = world.context
    _ = await failure { () throws(TokenFailure) in try await DeveloperTool.az.token(context) }

    let names = try #require(world.calls.withLock { $0.first }).environment.keys.sorted()
    #expect(names == ["AZURE_CORE_NO_COLOR", "HOME", "PATH"])
  }

  // MARK: Programs

  @Test func `71: only absolute folders of the path are searched`() throws {
    try install("az", "exit 0")
    let folder = folder.path("")

    #expect(ToolCall.find("az", in: "/none:\(folder)")?.hasSuffix("/az") == true)
    // The same folder, by way of the current one.
    let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
    let relative = String(repeating: "../", count: depth) + folder.dropFirst()
    #expect(FileManager.default.fileExists(atPath: relative + "/az"))
    #expect(ToolCall.find("az", in: ".::\(relative)") == nil)
    #expect(ToolCall.find("none", in: folder) == nil)
    try self.folder.write("no program", to: "plain")
    #expect(ToolCall.find("plain", in: folder) == nil)
  }

  private func run(_ script: String, timeout: Duration = .seconds(30)) async throws -> ToolResult {
    try install("tool", script)
    let environment = ["PATH": "/usr/bin:/bin", "NAME": "value"]
    return await ToolRunner.run(
      ToolCall(
        path: folder.path("tool"),
        arguments: ["a b", "c"],
        environment: environment,
        timeout: timeout
      )
    )
  }

  @Test func `a program gets its arguments and environment, and nothing to read`() async throws {
    let result = try await run(#"pwd; echo "$1|$2|$NAME"; cat; echo oops >&2; exit 3"#)

    #expect(result == ended(3, "/\na b|c|value\n", "oops\n"))
  }

  @Test func `output beyond the limit is dropped`() async throws {
    let result = try await run("head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2")

    guard case .ended(0, let output, let errors) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(output.count == 65_536)
    #expect(errors.count == 16_384)
  }

  @Test func `a program that is killed has a status of its own`() async throws {
    #expect(try await run("kill -9 $$") == ended(137))
  }

  @Test func `69: a program that hangs is ended with its children`() async throws {
    let result = try await run(
      "sleep 600 & echo $! > \(folder.path("child")); sleep 600",
      timeout: .milliseconds(500)
    )

    #expect(result == .timedOut)
    try await expectEnded("child")
  }

  @Test func `69: a child that keeps the pipe does not keep us`() async throws {
    let result = try await run("sleep 600 & echo $! > \(folder.path("child")); echo done")

    #expect(result == ended(0, "done\n"))
    try await expectEnded("child")
  }

  @Test func `a cancelled task ends its program`() async throws {
    try install("tool", "echo $$ > \(folder.path("child")); exec sleep 600")
    let call = ToolCall(
      path: folder.path("tool"),
      arguments: [],
      environment: ["PATH": "/bin"],
      timeout: .seconds(600)
    )
    let task = Task { await ToolRunner.run(call) }
    while (try? String(contentsOfFile: folder.path("child"), encoding: .utf8))?.hasSuffix("\n") != true {
      await Task.yield()
    }

    task.cancel()

    #expect(await task.value == .cancelled)
    try await expectEnded("child")
  }

  @Test func `a program that is not there is not started`() async throws {
    let call = ToolCall(path: folder.path("none"), arguments: [], environment: [:], timeout: .seconds(1))

    #expect(await ToolRunner.run(call) == .notStarted("the system refuses to run it"))
  }

  /// Waits until the process whose number is in the file is gone, or a zombie of someone else's.
  private func expectEnded(_ file: String) async throws {
    let text = try String(contentsOfFile: folder.path(file), encoding: .utf8).trimmingWhiteSpace()
    let number = try #require(Int32(text))
    while isRunning(number) { await Task.yield() }
  }

  private func isRunning(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    let state = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    return !state.contains(") Z ")
  }
}
