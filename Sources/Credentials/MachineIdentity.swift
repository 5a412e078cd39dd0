import Settings
import Transport

/// Where a managed identity's tokens come from on this machine (facts/azure-identity.md 2.1).
enum IdentityEndpoint: Equatable {
  /// App Service, Functions, Container Apps, Automation.
  case appService(url: String, header: Secret)
  /// Service Fabric; the thumbprint is 40 lower-case hexadecimal digits.
  case serviceFabric(url: String, header: Secret, thumbprint: String)
  /// Machine learning, and App Service of the older kind.
  case machineLearning(url: String, secret: Secret)
  case cloudShell(url: String)
  /// A server of one's own that is connected to Azure.
  case arc(url: String)
  /// A virtual machine; the base URL of its identity service.
  case virtualMachine(base: String)

  /// Where the Arc agent listens when no variable says so.
  private static let arcURL = "http://127.0.0.1:40342/metadata/identity/oauth2/token"
  /// The Arc agent's program; its presence tells that the machine has one.
  private static let arcAgent = "/opt/azcmagent/bin/himds"

  /// What the environment describes; a variable that is empty counts as unset.
  ///
  /// - Throws: `.refused` when the variables are incomplete, describe a source that is not supported, or
  ///   lead off this machine without TLS.
  static func detect(_ context: IdentityContext) throws(TokenFailure) -> IdentityEndpoint {
    let variables = context.environment
    if let url = variables["IDENTITY_ENDPOINT"] {
      if let header = variables["IDENTITY_HEADER"] {
        if let thumbprint = variables["IDENTITY_SERVER_THUMBPRINT"] {
          return .serviceFabric(
            url: try checked(url, "IDENTITY_ENDPOINT"),
            header: Secret(header),
            thumbprint: try ServiceFabricIdentity.thumbprint(thumbprint)
          )
        }
        return .appService(url: try checked(url, "IDENTITY_ENDPOINT"), header: Secret(header))
      }
      if variables["IMDS_ENDPOINT"] != nil { return .arc(url: try checked(url, "IDENTITY_ENDPOINT")) }
      if variables["MSI_ENDPOINT"] == nil {
        throw TokenFailure(
          .refused,
          "IDENTITY_ENDPOINT is set, but neither IDENTITY_HEADER (App Service) nor IMDS_ENDPOINT (Azure Arc)"
        )
      }
    }
    if let url = variables["MSI_ENDPOINT"] {
      let url = try checked(url, "MSI_ENDPOINT")
      return variables["MSI_SECRET"].map { .machineLearning(url: url, secret: Secret($0)) }
        ?? .cloudShell(url: url)
    }
    if context.files.exists(arcAgent) { return .arc(url: arcURL) }
    if let base = context.endpoints[IdentityContext.machineIdentityHost] {
      return .virtualMachine(base: base)
    }
    if let base = variables["AZURE_POD_IDENTITY_AUTHORITY_HOST"] {
      var base = try checked(base, "AZURE_POD_IDENTITY_AUTHORITY_HOST")
      while base.hasSuffix("/") { base.removeLast() }
      return .virtualMachine(base: base)
    }
    return .virtualMachine(base: "http://" + IdentityContext.machineIdentityHost)
  }

  /// A URL from the environment that a secret may be sent to: with TLS, or not off this machine
  /// (facts/azure-identity.md 6.2).
  private static func checked(_ url: String, _ variable: String) throws(TokenFailure) -> String {
    let scheme = url.prefix { $0 != ":" }.lowercased()
    let authority = url.dropFirst(scheme.count + 3).prefix { !"/?#".contains($0) }
    guard ["http", "https"].contains(scheme), url.dropFirst(scheme.count).hasPrefix("://"),
      !authority.isEmpty,
      !authority.contains("@"), !url.contains("#"), url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw TokenFailure(.refused, "\(variable) is no URL like http://127.0.0.1:PORT/PATH")
    }
    guard scheme == "https" || HostAddress.isLocal(url) else {
      throw TokenFailure(
        .refused,
        "\(variable) leads off this machine without TLS, to \(HostAddress.host(of: url))"
      )
    }
    // A name could be looked up to something else than this machine.
    guard scheme == "http", HostAddress.host(of: url) == "localhost" else { return url }
    return "http://127.0.0.1" + url.dropFirst("http://localhost".count)
  }
}

/// Asks for tokens of a managed identity (facts/azure-identity.md 1.3, 1.4, 2).
struct MachineIdentity {
  /// Azure DevOps as identity services without scopes know it.
  static let resource = "499b84ac-1321-427f-aa17-267ca6975798"

  let context: IdentityContext
  let identity: ManagedIdentity
  /// What the token is for.
  let audience: String

  /// The token, from whichever source the machine has.
  func token() async throws(TokenFailure) -> AccessToken {
    switch try IdentityEndpoint.detect(context) {
    case .virtualMachine(let base):
      return try await VirtualMachineIdentity(identity: self, base: base).token()
    case .appService(let url, let header):
      var query = [("api-version", "2019-08-01"), ("resource", audience)]
      if let clientID { query.append(("client_id", clientID)) }
      let platform = PlatformIdentity(
        context: context,
        name: "the App Service identity endpoint",
        clientID: clientID
      )
      return try await platform.token(.get, url, query, header: ("X-IDENTITY-HEADER", header))
    case .serviceFabric(let url, let header, let thumbprint):
      let fabric = ServiceFabricIdentity(context: context, url: url, thumbprint: thumbprint)
      return try await fabric.token(for: audience, clientID: clientID, header: header)
    case .machineLearning(let url, let secret):
      var query = [("api-version", "2017-09-01"), ("resource", audience)]
      if let id = clientID ?? context.environment["DEFAULT_IDENTITY_CLIENT_ID"] {
        query.append(("clientid", id))
      }
      let platform = PlatformIdentity(context: context, name: "the MSI endpoint", clientID: clientID)
      return try await platform.token(.get, url, query, header: ("secret", secret))
    case .cloudShell(let url):
      guard clientID == nil else {
        throw TokenFailure(.refused, "Cloud Shell has no user-assigned identities; use 'system-assigned'")
      }
      let platform = PlatformIdentity(context: context, name: "the Cloud Shell endpoint", clientID: nil)
      return try await platform.token(
        .post,
        url,
        [("resource", audience)],
        header: ("Metadata", Secret("true"))
      )
    case .arc(let url):
      return try await ArcIdentity(identity: self, url: url).token()
    }
  }

  /// The client id of a user-assigned identity; nil for the machine's own.
  var clientID: String? {
    if case .userAssigned(let id) = identity { id } else { nil }
  }
}
