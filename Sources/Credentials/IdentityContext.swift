import Foundation
import Settings
import Transport

/// What the identity sources use of the world outside; tests put their own in.
struct IdentityContext: Sendable {
  /// Where the sign-in service of the public cloud is.
  static let signInHost = "login.microsoftonline.com"
  /// Where a virtual machine finds its identity service.
  static let machineIdentityHost = "169.254.169.254"

  let send: Send
  /// Variables by name, without those that are empty: an empty one counts as unset
  /// (facts/azure-identity.md 2.1).
  let environment: [String: String]
  /// `crawler.endpoints`: base URL by host.
  let endpoints: [String: String]
  /// Seconds since 1970 by the wall clock.
  let now: @Sendable () -> Int
  /// Time since some moment, by a clock that never jumps.
  let elapsed: @Sendable () -> Duration
  /// Waits; `.cancelled` when the task is.
  let sleep: @Sendable (Duration) async throws(TokenFailure) -> Void
  /// A number from 0 to 1.
  let jitter: @Sendable () -> Double
  /// Called with what an operator should know though it works.
  let warn: @Sendable (String) -> Void
  /// Every secret of the settings, so that it is kept from programs that have no use for it.
  let secrets: [Secret]
  /// The disk.
  let files: IdentityFiles
  /// Runs a developer's command line tool.
  let runTool: @Sendable (ToolCall) async -> ToolResult

  init<C: Clock<Duration>>(
    send: @escaping Send,
    environment: [String: String],
    endpoints: [String: String],
    clock: C,
    now: @escaping @Sendable () -> Int,
    jitter: @escaping @Sendable () -> Double,
    warn: @escaping @Sendable (String) -> Void,
    secrets: [Secret] = [],
    files: IdentityFiles = .disk,
    runTool: @escaping @Sendable (ToolCall) async -> ToolResult = ToolRunner.run
  ) {
    self.send = send
    self.environment = environment.filter { !$0.value.isEmpty }
    self.endpoints = endpoints
    self.now = now
    let start = clock.now
    elapsed = { start.duration(to: clock.now) }
    sleep = { duration throws(TokenFailure) in
      do {
        try await clock.sleep(until: clock.now.advanced(by: duration), tolerance: nil)
      } catch {
        throw .cancelled
      }
    }
    self.jitter = jitter
    self.warn = warn
    self.secrets = secrets
    self.files = files
    self.runTool = runTool
  }
}

/// Shows nothing: the environment holds secrets.
extension IdentityContext: CustomStringConvertible, CustomReflectable {
  var description: String { "identity context" }
  var customMirror: Mirror { Mirror(self, children: []) }
}

/// How the identity sources see the disk.
struct IdentityFiles: Sendable {
  /// Whether something is at the path.
  var exists: @Sendable (_ path: String) -> Bool
  /// Reads a token file, through links.
  var readToken: @Sendable (_ path: String, _ maxBytes: Int) -> SmallFile.Content
  /// Reads a key file, which must be no link.
  var readKey: @Sendable (_ path: String, _ maxBytes: Int) -> SmallFile.Content

  /// The disk of this machine.
  static let disk = IdentityFiles(
    exists: { FileManager.default.fileExists(atPath: $0) },
    readToken: { SmallFile.read($0, maxBytes: $1) },
    readKey: { SmallFile.readUnlinked($0, maxBytes: $1) }
  )
}
