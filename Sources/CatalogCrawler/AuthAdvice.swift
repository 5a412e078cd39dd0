import AzureDevOps
import Credentials
import Settings

/// What to do about an organization that cannot be read.
struct AuthAdvice: Sendable {
  let organization: ScopedOrganization
  /// Nil when requests go without one.
  let credential: ChosenCredential?

  private typealias Failure = AuthCheckReport.Failure

  /// No token came.
  func failure(_ error: CredentialError) -> AuthCheckReport.Failure {
    let rule: String
    let step: String
    switch error.failure.outcome {
    case .refused: (rule, step) = ("refused", refusedStep)
    case .unsettled:
      rule = "unsettled"
      step =
        "if the federated credential was just made, wait some minutes and check again; else compare its issuer, "
        + "subject and audience with what is presented"
    case .throttled(let pause):
      (rule, step) = ("throttled", "check again after \(pause.components.seconds) s, and ask less often")
    case .transient:
      rule = "transient"
      step = "check the network, crawler.proxy and crawler.tls.caFile, then check again"
    case .notAvailable: (rule, step) = ("not-available", unavailableStep)
    case .cancelled: (rule, step) = ("cancelled", "check again")
    }
    return Failure(stage: .token, rule: rule, message: error.description, nextStep: step)
  }

  /// A token came, but Azure DevOps did not give what was asked for.
  ///
  /// - Parameter tenant: Of the organization, in lower case; nil when it is not known.
  func failure(
    _ error: FetchError,
    stage: AuthCheckReport.Failure.Stage,
    tenant: String?
  ) -> AuthCheckReport.Failure {
    var step = step(for: error.meaning)
    if error.meaning == .signIn || error.meaning == .forbidden, let note = tenantNote(tenant) {
      step = "\(note); \(step)"
    }
    return Failure(
      stage: stage,
      rule: error.meaning.rawValue,
      message: error.fullDescription,
      nextStep: step
    )
  }

  /// Azure DevOps answers, but takes us for nobody in particular.
  var anonymous: AuthCheckReport.Failure {
    Failure(
      stage: .identity,
      rule: "anonymous",
      message: "Azure DevOps takes us for an anonymous caller, who sees public projects only",
      nextStep: signInStep
    )
  }

  // MARK: - Steps

  private var isToken: Bool {
    if case .configured(.personalAccessToken) = credential?.source { true } else { false }
  }

  private var refusedStep: String {
    switch credential?.source {
    case .configured(.clientSecret): "correct clientId, clientSecret or tenantId as the message says"
    case .configured(.managedIdentity):
      "assign the identity to this machine, or correct clientId, as the message says"
    case .configured(.clientAssertion):
      "correct clientId, tenantId, managedIdentityClientId or the application's federated credential as the "
        + "message says"
    default:
      "correct what the message names, or configure a credential for the organization under integrations.azure"
    }
  }

  private var unavailableStep: String {
    switch credential?.source {
    case .configured(.managedIdentity), .configured(.clientAssertion):
      "run where Azure gives the machine a managed identity, or configure another kind of credential"
    default:
      "configure a credential for the organization under integrations.azure, or sign in with 'az login'"
    }
  }

  private func step(for meaning: FetchError.Meaning) -> String {
    switch meaning {
    case .signIn: signInStep
    case .forbidden:
      "let the identity read the code of the projects, and ask whether a conditional access policy blocks this "
        + "machine"
    case .organizationUnknown: "correct the organization's name in the settings"
    case .organizationStopped: "ask the organization's administrator why it is stopped"
    case .throttled: "wait some minutes, then check again"
    case .serviceTrouble: "look at https://status.dev.azure.com, then check again"
    case .unreachable: "check the network, crawler.proxy, crawler.endpoints and crawler.tls.caFile"
    case .cancelled: "check again"
    default: "check crawler.endpoints and crawler.proxy: does something else answer in place of Azure DevOps?"
    }
  }

  private var signInStep: String {
    guard credential != nil else {
      return "configure a credential for \(organization.host) under integrations.azure"
    }
    guard !isToken else {
      return
        "make a personal access token in organization \(organization.name) with the scope Code (Read), and "
        + "configure it as Azure DevOps shows it"
    }
    return "the token is good, but the organization does not know its identity: add the service principal or "
      + "managed identity to organization \(organization.name) as a user with access level Basic"
  }

  // MARK: - Tenants

  /// What the organization's tenant says about the failure (facts/azure-identity.md 5.3); nil when nothing.
  private func tenantNote(_ tenant: String?) -> String? {
    guard let tenant, !isToken, credential != nil else { return nil }
    if tenant == "00000000-0000-0000-0000-000000000000" {
      return
        "organization \(organization.name) is not connected to Microsoft Entra ID, so that only a personal "
        + "access token works"
    }
    let asked: String
    switch credential?.source {
    case .configured(.clientSecret(let id, _, _)), .configured(.clientAssertion(_, let id, _)):
      asked = id.lowercased()
    default: return nil
    }
    // A domain names a tenant too; only ids can be compared.
    guard asked.count == tenant.count, asked != tenant else { return nil }
    return
      "organization \(organization.name) belongs to tenant \(tenant), but the credential asks for tokens of "
      + "tenant \(asked)"
  }
}
