import Credentials
import Settings

/// What a check of the credentials came to; encoded it is the JSON that `docs/commands.md` describes.
///
/// Members are added, never renamed. None holds a secret.
struct AuthCheckReport: Encodable, Sendable {
  /// Whether every organization is.
  let readable: Bool
  let organizations: [Organization]

  init(organizations: [Organization]) {
    self.organizations = organizations
    readable = organizations.allSatisfy(\.readable)
  }

  /// Whether the list of an organization's repositories can be read; false when it was not checked.
  func isReadable(_ organization: ScopedOrganization) -> Bool {
    organizations.contains { $0.host == organization.host && $0.name == organization.name && $0.readable }
  }

  struct Organization: Encodable, Sendable {
    let host: String
    let name: String
    var readable = false
    /// Nil when requests go without one.
    var credential: Credential?
    /// Nil when none came, or none is sent.
    var token: Token?
    /// Nil when the service did not say.
    var identity: Identity?
    /// How many the list has; nil when it could not be read.
    var repositories: Int? { didSet { readable = repositories != nil } }
    /// How far this machine's clock is ahead; nil when no answer told the time.
    var clockSkewSeconds: Int?
    /// Nil when the organization is readable.
    var failure: Failure?
    var warnings: [String] = []

    init(_ organization: ScopedOrganization, _ credential: ChosenCredential?) {
      host = organization.host
      name = organization.name
      self.credential = credential.map {
        Credential(name: $0.id.description, kind: $0.source.name, reason: $0.reason.rawValue)
      }
    }
  }

  struct Credential: Encodable, Sendable {
    /// For example `credential 2 of dev.azure.com`.
    var name: String
    var kind: String
    /// Why it is the one for the organization.
    var reason: String
  }

  struct Token: Encodable, Sendable {
    /// UTC; nil for a personal access token, whose end only Azure DevOps knows.
    var expiresAt: String?
  }

  struct Identity: Encodable, Sendable {
    var id: String
    var name: String
    var isAnonymous: Bool
  }

  struct Failure: Encodable, Sendable {
    enum Stage: String, Encodable, Sendable {
      case token
      case identity
      case repositories
    }

    var stage: Stage
    var rule: String
    var message: String
    var nextStep: String
  }
}

extension AuthCheckReport {
  /// The report for people.
  var text: String {
    let count = organizations.count { !$0.readable }
    let end =
      count == 0
      ? "\(organizations.count) of \(organizations.count) organizations can be read"
      : "\(count) of \(organizations.count) organizations cannot be read"
    return (organizations.map(\.text) + [end]).joined(separator: "\n")
  }
}

extension AuthCheckReport.Organization {
  fileprivate var text: String {
    var lines = ["\(name) (\(host)): \(readable ? "can be read" : "cannot be read")"]
    lines.append(
      credential.map { "  credential: \($0.name), \($0.kind): \($0.reason)" }
        ?? "  credential: none: nothing is configured for the host"
    )
    if let token {
      let end = token.expiresAt.map { "valid until \($0)" } ?? "as configured; its end is not known here"
      lines.append("  token: \(end)")
    }
    if let identity { lines.append("  signed in as: \(identity.name) (\(identity.id))") }
    if let repositories { lines.append("  repositories: \(repositories)") }
    if let clockSkewSeconds {
      let direction = clockSkewSeconds < 0 ? "behind" : "ahead of"
      lines.append("  clock: \(abs(clockSkewSeconds)) s \(direction) Azure DevOps")
    }
    lines += warnings.map { "  warning: \($0)" }
    if let failure {
      lines.append("  failed (\(failure.stage.rawValue), \(failure.rule)): \(failure.message)")
      lines.append("  next: \(failure.nextStep)")
    }
    return lines.joined(separator: "\n")
  }
}
