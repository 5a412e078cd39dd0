import Foundation
package import Settings
package import Transport

/// Gives each organization the `Authorization` header of its credential.
///
/// Organizations that share a credential share its token; tokens of different credentials are never
/// mixed. Kept for the life of the process: it holds the tokens.
package struct Authorizer: Sendable {
  /// Where the header of a credential comes from.
  private enum Source {
    case fixed(header: Secret)
    case renewed(
      token: @Sendable () async throws(TokenFailure) -> AccessToken,
      reject: @Sendable (AccessToken) async -> Void
    )
  }

  private let table: CredentialTable
  private let sources: [CredentialID: Source]

  /// Makes the sources of all credentials; nothing is asked for before it is needed.
  ///
  /// - Parameters:
  ///   - environment: Variables by name; those that describe the machine's identity are looked at.
  ///   - send: Reaches the identity services.
  ///   - clock: Measures the life of tokens and the waits between attempts.
  ///   - now: Seconds since 1970, for tokens that tell the moment of their end.
  ///   - jitter: A number from 0 to 1 that spreads waits and renewals.
  ///   - warn: Called with what an operator should know though it works.
  package init<C: Clock<Duration>>(
    settings: CrawlerSettings,
    environment: [String: String],
    send: @escaping Send,
    clock: C = ContinuousClock(),
    now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) },
    jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    let context = IdentityContext(
      send: send,
      environment: environment,
      endpoints: settings.crawler.endpoints,
      clock: clock,
      now: now,
      jitter: jitter,
      warn: warn,
      secrets: settings.integrations.flatMap(\.credentials).compactMap(\.kind.secret)
    )
    self.init(settings: settings, context: context, clock: clock)
  }

  init<C: Clock<Duration>>(settings: CrawlerSettings, context: IdentityContext, clock: C) {
    table = CredentialTable(settings)
    var sources: [CredentialID: Source] = [:]
    for credential in table.all { sources[credential.id] = Self.source(credential, context, clock) }
    sources[table.defaultChain.id] = Self.source(table.defaultChain, context, clock)
    self.sources = sources
  }

  /// The header for requests to an organization, with a token that has at least a minute left.
  ///
  /// - Throws: When the credential gives no token. The error names the organization and the credential,
  ///   and its outcome tells whether trying later may help; `.cancelled` when the task is.
  package func authorization(
    host: String,
    organization: String
  ) async throws(CredentialError) -> Authorization {
    guard let credential = table.credential(host: host, organization: organization),
      let source = sources[credential.id]
    else { return .anonymous }
    let kind = credential.source.name
    switch source {
    case .fixed(let header):
      return Authorization(header: header, credential: credential.id, kind: kind, isRenewable: false)
    case .renewed(let token, _):
      do throws(TokenFailure) {
        let token = try await token()
        let header = Secret("Bearer \(token.value.reveal())")
        return Authorization(
          header: header,
          credential: credential.id,
          kind: kind,
          isRenewable: true,
          token: token
        )
      } catch {
        throw CredentialError(
          host: host,
          organization: organization,
          credential: credential.id,
          kind: kind,
          failure: error
        )
      }
    }
  }

  /// Says that the service refused the header, so that another token is asked for before the next use.
  ///
  /// A token that is newer than the refused one stays. Changes nothing for what cannot be renewed.
  package func reject(_ authorization: Authorization) async {
    guard let credential = authorization.credential, let token = authorization.token,
      case .renewed(_, let reject)? = sources[credential]
    else { return }
    await reject(token)
  }

  // MARK: - Sources

  private static func source<C: Clock<Duration>>(
    _ credential: ChosenCredential,
    _ context: IdentityContext,
    _ clock: C
  ) -> Source {
    if case .configured(.personalAccessToken(let token)) = credential.source {
      // The user name stays empty (facts/azure-identity.md 1.1).
      return .fixed(header: Secret("Basic " + Data(":\(token.reveal())".utf8).base64EncodedString()))
    }
    let cache = TokenCache(
      clock: clock,
      jitter: context.jitter,
      fetch: fetch(credential.source, context, clock)
    )
    return .renewed(
      token: { () throws(TokenFailure) in try await cache.token() },
      reject: { await cache.reject($0) }
    )
  }

  private static func fetch<C: Clock<Duration>>(
    _ source: ChosenCredential.Source,
    _ context: IdentityContext,
    _ clock: C
  ) -> TokenCache<C>.Fetch {
    switch source {
    case .configured(.clientSecret(let tenant, let client, let secret)):
      return { () throws(TokenFailure) in
        try await SignInService(context).token(tenant: tenant, client: client, proof: .secret(secret))
      }
    case .configured(.managedIdentity(let identity)):
      let machine = MachineIdentity(context: context, identity: identity, audience: MachineIdentity.resource)
      return { () throws(TokenFailure) in try await machine.token() }
    case .configured(.clientAssertion(let client, let tenant, let identity)):
      return FederatedIdentity.fetch(
        context,
        clock: clock,
        client: client,
        tenant: tenant,
        identity: identity
      )
    case .configured(.personalAccessToken):
      preconditionFailure("a personal access token is sent as it is")
    case .defaultChain:
      let chain = DefaultChain(context)
      return { () throws(TokenFailure) in try await chain.token() }
    }
  }
}

extension CredentialKind {
  /// What must not be shown of it; nil when it holds nothing secret.
  fileprivate var secret: Secret? {
    switch self {
    case .personalAccessToken(let secret), .clientSecret(_, _, let secret): secret
    case .managedIdentity, .clientAssertion: nil
    }
  }
}
