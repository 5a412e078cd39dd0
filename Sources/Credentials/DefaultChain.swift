import Settings
import Transport

/// Whatever identity the machine offers, when nothing is configured (facts/azure-identity.md 3).
///
/// The links are tried in order; one that does not exist here leads to the next, one that exists and fails
/// ends the search, because another identity would silently see other repositories. The first link that
/// gives a token is the only one used from then on.
actor DefaultChain {
  /// The links in their order.
  enum Link: CaseIterable {
    case environment
    case workloadIdentity
    case managedIdentity
    case azureCLI
    case azureDeveloperCLI

    /// For messages.
    var name: String {
      switch self {
      case .environment: "environment"
      case .workloadIdentity: "workload identity"
      case .managedIdentity: "managed identity"
      case .azureCLI: "azure cli"
      case .azureDeveloperCLI: "azd"
      }
    }

    /// What the variable `AZURE_TOKEN_CREDENTIALS` calls it, in lower case.
    var credentialName: String {
      switch self {
      case .environment: "environmentcredential"
      case .workloadIdentity: "workloadidentitycredential"
      case .managedIdentity: "managedidentitycredential"
      case .azureCLI: "azureclicredential"
      case .azureDeveloperCLI: "azuredeveloperclicredential"
      }
    }

    /// Whether it is a login of a person, whose errors never end the search.
    var isDeveloperTool: Bool { self == .azureCLI || self == .azureDeveloperCLI }
  }

  private let context: IdentityContext
  private var chosen: Link?
  /// True once the machine's identity service was looked for in vain.
  private var hasNoMachineIdentity = false

  init(_ context: IdentityContext) { self.context = context }

  /// A token of the link that was chosen, or of the first one that gives one.
  ///
  /// - Throws: A failure that tells every link that was tried and why it gave nothing.
  func token() async throws(TokenFailure) -> AccessToken {
    if let chosen { return try await token(of: chosen, isAlone: true) }
    let links = try self.links()
    var report: [String] = []
    for link in links {
      do throws(TokenFailure) {
        let token = try await token(of: link, isAlone: links.count == 1)
        chosen = link
        return token
      } catch {
        if error.outcome == .cancelled { throw error }
        report.append("\(link.name): \(error.message)")
        guard link.isDeveloperTool || error.outcome == .notAvailable else {
          let untried = links.drop { $0 != link }.dropFirst().map(\.name)
          if !untried.isEmpty { report.append("not tried: \(untried.joined(separator: ", "))") }
          throw TokenFailure(error.outcome, Self.message(report), codes: error.codes)
        }
      }
    }
    throw TokenFailure(.notAvailable, Self.message(report))
  }

  private static func message(_ report: [String]) -> String {
    "nothing is configured and the machine offers no identity\n"
      + report.map { "  \($0)" }.joined(separator: "\n")
  }

  /// The links that `AZURE_TOKEN_CREDENTIALS` leaves.
  private func links() throws(TokenFailure) -> [Link] {
    guard let text = context.environment["AZURE_TOKEN_CREDENTIALS"] else { return Link.allCases }
    let word = text.trimmingWhiteSpace().lowercased()
    switch word {
    case "": return Link.allCases
    case "prod": return Link.allCases.filter { !$0.isDeveloperTool }
    case "dev": return Link.allCases.filter(\.isDeveloperTool)
    default:
      let links = Link.allCases.filter { $0.credentialName == word }
      guard links.isEmpty else { return links }
      throw TokenFailure(
        .refused,
        "AZURE_TOKEN_CREDENTIALS is '\(AnswerText.clean(text))', wanted prod, dev or one of "
          + "EnvironmentCredential, WorkloadIdentityCredential, ManagedIdentityCredential, AzureCliCredential, "
          + "AzureDeveloperCliCredential"
      )
    }
  }

  private func token(of link: Link, isAlone: Bool) async throws(TokenFailure) -> AccessToken {
    switch link {
    case .environment: try await environmentToken()
    case .workloadIdentity: try await FederatedIdentity.workloadToken(context)
    case .managedIdentity: try await managedIdentityToken(isAlone: isAlone)
    case .azureCLI: try await DeveloperTool.az.token(context)
    case .azureDeveloperCLI: try await DeveloperTool.azd.token(context)
    }
  }

  private func environmentToken() async throws(TokenFailure) -> AccessToken {
    let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]
    guard let values = context.variables(names) else {
      var message = context.missing(names)
      if context.environment["AZURE_CLIENT_CERTIFICATE_PATH"] != nil {
        message += "; AZURE_CLIENT_CERTIFICATE_PATH is set, but certificates are not supported"
      }
      throw TokenFailure(.notAvailable, message)
    }
    try context.checkTenant(values[0])
    return try await SignInService(context)
      .token(tenant: values[0], client: values[1], proof: .secret(Secret(values[2])))
  }

  /// `AZURE_CLIENT_ID` chooses the identity, as in Azure's own libraries (facts/azure-identity.md 3.2).
  private func managedIdentityToken(isAlone: Bool) async throws(TokenFailure) -> AccessToken {
    let identity = context.environment["AZURE_CLIENT_ID"].map(ManagedIdentity.userAssigned) ?? .systemAssigned
    if !isAlone, case .virtualMachine(let base) = try IdentityEndpoint.detect(context),
      context.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] == nil
    {
      try await probe(base)
    }
    return try await MachineIdentity(context: context, identity: identity, audience: MachineIdentity.resource)
      .token()
  }

  /// Finds out within a second whether there is an identity service, so that a machine without one is not
  /// kept waiting (facts/azure-identity.md 3.3).
  private func probe(_ base: String) async throws(TokenFailure) {
    let absent = TokenFailure(.notAvailable, "no answer from \(base) within 1 s")
    guard !hasNoMachineIdentity else { throw absent }
    // Without the header that real requests need, the service answers at once with 400.
    var request = HTTPRequest(url: base + VirtualMachineIdentity.path)
    request.bodyLimit = SignInService.bodyLimit
    request.timeouts.connect = .seconds(1)
    request.timeouts.idle = .seconds(1)
    request.timeouts.total = .seconds(1)
    do throws(TransportError) {
      let response = try await context.send(request)
      let text = String(decoding: response.body.prefix(10_000), as: UTF8.self)
      guard response.status != 403 || !text.contains("unreachable") else {
        hasNoMachineIdentity = true
        throw .failed(code: 0, reason: "the address is unreachable")
      }
    } catch {
      if error == .cancelled { throw TokenFailure.cancelled }
      hasNoMachineIdentity = true
      throw absent
    }
  }
}
