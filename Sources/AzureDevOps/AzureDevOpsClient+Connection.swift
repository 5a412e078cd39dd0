import Credentials
import Transport

/// Who an organization takes the sender of a request for (facts/azure-devops-api.md 2.14).
package struct ConnectionIdentity: Sendable, Equatable {
  /// The identity's id in the organization.
  package var id: String
  /// The name that people see, without control characters; empty when the service gives none.
  package var name: String
  /// The organization's id, which a rename does not change; nil when the service gives none.
  package var organizationID: String?
  /// Whether the service takes the sender for nobody in particular.
  ///
  /// An organization with public projects answers such a sender with 200 too.
  package var isAnonymous: Bool

  /// The id that every caller without a valid credential has (facts/azure-devops-api.md 5.2, recording 22).
  private static let anonymousID = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
  /// What the descriptor of such a caller begins with.
  private static let anonymousDescriptor = "system:publicaccess"
  /// The longest name to take over, in Unicode scalars.
  private static let maxName = 200

  /// Nil when the bytes are not an answer of ConnectionData.
  init?(json: [UInt8]) {
    guard let object = JSONObject(json[...]), let user = object.object("authenticatedUser"),
      let id = user.string("id")
    else { return nil }
    self.id = Self.printable(id)
    name = Self.printable(user.string("customDisplayName") ?? user.string("providerDisplayName") ?? "")
    organizationID = object.string("instanceId").map(Self.printable)
    let descriptor = user.string("descriptor")?.lowercased() ?? ""
    isAnonymous = id.lowercased() == Self.anonymousID || descriptor.hasPrefix(Self.anonymousDescriptor)
  }

  private static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
    // Marks upon marks are one character, however many.
    return String(String.UnicodeScalarView(scalars.prefix(maxName)))
  }
}

extension AzureDevOpsClient {
  /// A preview, since the resource never left it (facts/azure-devops-api.md 2.14).
  private static let connectionVersion = "7.0-preview"

  /// Asks the organization who we are, in one request.
  ///
  /// - Throws: `.broken` when the answer names nobody, and whatever keeps the answer from coming.
  package func connectionIdentity() async throws(FetchError) -> ConnectionIdentity {
    let authorization = try await authorization()
    do throws(FetchError) {
      return try await connectionIdentity(authorization)
    } catch {
      guard await isRenewed(authorization, after: error) else { throw error.naming(authorization) }
      return try await connectionIdentity(try await self.authorization())
    }
  }

  private func connectionIdentity(
    _ authorization: Authorization
  ) async throws(FetchError) -> ConnectionIdentity {
    let route = "_apis/ConnectionData?api-version=\(Self.connectionVersion)"
    let answer = try await answer(to: request(route, authorization)).get()
    guard let identity = ConnectionIdentity(json: answer.body) else {
      throw FetchError(
        .broken,
        status: answer.status,
        detail: "the answer does not say who we are",
        activityID: answer.activityID
      )
    }
    return identity
  }
}
