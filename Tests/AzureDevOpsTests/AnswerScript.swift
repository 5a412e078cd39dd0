import Credentials
import Foundation
import Settings
import TestSupport
import Testing
import Transport

@testable import AzureDevOps

/// Plays answers in order, whatever is asked, and keeps what was.
final class AnswerScript: Sendable {
  private let requests = Locked<[HTTPRequest]>([])
  private let answers: Locked<[HTTPResponse]>

  /// A body `tooLarge` stands for an answer that was given up for its size.
  init(_ answers: [HTTPResponse]) { self.answers = Locked(answers) }

  var asked: [HTTPRequest] { requests.withLock { $0 } }

  private var send: Send {
    { [self] request throws(TransportError) in
      requests.withLock { $0.append(request) }
      guard let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
        throw .failed(code: 7, reason: "the script is over")
      }
      if answer.body == Array("tooLarge".utf8) { throw .bodyTooLarge(limit: request.bodyLimit) }
      return answer
    }
  }

  func client(_ host: String = "dev.azure.com") throws -> AzureDevOpsClient {
    let folder = try TemporaryFolder()
    try folder.write(
      "integrations: {azure: [{host: \(host), credentials: [{organizations: [o], personalAccessToken: ABC}]}]}\n",
      to: "c.yaml"
    )
    let settings = try SettingsFiles.read(explicit: [folder.path("c.yaml")], folder: "/", environment: [:])
    return AzureDevOpsClient(
      address: OrganizationAddress(host: host, name: "o", endpoint: "https://\(host)"),
      authorizer: Authorizer(settings: settings, environment: [:], send: send),
      send: send
    )
  }
}

extension HTTPResponse {
  static func json(_ text: String, status: Int = 200) -> HTTPResponse {
    HTTPResponse(
      status: status,
      headers: HTTPHeaders([("Content-Type", "application/json; charset=utf-8")]),
      body: Array(text.utf8)
    )
  }
}

/// The body of an answer that was recorded, as JSON.
func recordedBody(_ name: String) throws -> [UInt8] {
  let data = try Data(contentsOf: SharedFolder.path("recordings/\(name)"))
  let recording = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  let response = try #require(recording["response"] as? [String: Any])
  return Array(try JSONSerialization.data(withJSONObject: try #require(response["body"])))
}
