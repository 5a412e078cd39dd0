import Foundation
import TestSupport

/// A run of `auth check --json` and its report, member by member as `docs/commands.md` has it.
struct AuthCheckRun: Sendable {
  struct Report: Decodable, Sendable {
    struct Organization: Decodable, Sendable {
      struct Credential: Decodable, Equatable, Sendable {
        var name, kind, reason: String
      }
      struct Token: Decodable, Equatable, Sendable {
        var expiresAt: String?
      }
      struct Identity: Decodable, Sendable {
        var id, name: String
        var isAnonymous: Bool
      }
      struct Failure: Decodable, Sendable {
        var stage, rule, message, nextStep: String
      }
      var host, name: String
      var readable: Bool
      var credential: Credential?
      var token: Token?
      var identity: Identity?
      var repositories: Int?
      var clockSkewSeconds: Int?
      var failure: Failure?
      var warnings: [String]
    }
    var readable: Bool
    var organizations: [Organization]
  }

  var run: ProgramRun
  var report: Report

  init(_ folder: TemporaryFolder, _ arguments: [String], _ environment: [String: String]) async throws {
    run = try await ProgramRun(
      ["auth", "check", "--json"] + arguments,
      in: folder,
      environment: environment
    )
    report = try JSONDecoder().decode(Report.self, from: Data(run.output.utf8))
  }

  static func settings(_ base: String, credentials: String, crawler: String = "") throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      integrations:
        azure:
          - credentials:
      \(credentials)
      crawler:
        endpoints: {dev.azure.com: "\(base)", login.microsoftonline.com: "\(base)"}
      \(crawler)
      """,
      to: "app-config.yaml"
    )
    return folder
  }

  static func token(_ organizations: String?, _ token: String = "simulator-token") -> String {
    let names = organizations.map { "organizations: [\($0)], " } ?? ""
    return "        - {\(names)personalAccessToken: \(token)}"
  }
}

/// Runs the check and gives what was printed and what it says.
func check(
  _ folder: TemporaryFolder,
  _ arguments: String...,
  environment: [String: String] = [:]
) async throws -> (run: ProgramRun, report: AuthCheckRun.Report) {
  let check = try await AuthCheckRun(folder, arguments, environment)
  return (check.run, check.report)
}

/// HTTP answers in full, for a server that is no simulator.
enum CannedAnswer {
  /// JSON with headers of one's own.
  static func json(_ status: Int, _ body: String, _ headers: String...) -> String {
    let fields = headers.map { "\($0)\r\n" }.joined()
    return "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(fields)"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  static func identity(_ id: String, _ name: String) -> String {
    #"{"authenticatedUser":{"id":"\#(id)","providerDisplayName":"\#(name)"},"instanceId":"i-1"}"#
  }

  static let list = #"{"value":[],"count":0}"#
}
