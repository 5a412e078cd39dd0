import Settings

/// Service principals that prove themselves by a token instead of a secret (facts/azure-identity.md 1.5,
/// 2.8).
enum FederatedIdentity {
  /// A fetch for a service principal that a managed identity vouches for: first a token of the identity,
  /// the assertion, then its exchange in the tenant that is wanted.
  ///
  /// The assertion is kept as long as it has more than five minutes left, so that renewing the final token
  /// takes one request (facts/azure-identity.md 4.4).
  static func fetch<C: Clock<Duration>>(
    _ context: IdentityContext,
    clock: C,
    client: String,
    tenant: String,
    identity: ManagedIdentity
  ) -> TokenCache<C>.Fetch {
    var policy = TokenCache<C>.Policy()
    policy.reserve = .seconds(300)
    policy.refreshesEarly = false
    policy.remembersFailures = false  // the cache of the final token does
    let assertions = TokenCache(clock: clock, policy: policy, jitter: context.jitter) {
      () throws(TokenFailure) in
      let audience = try SignInService(context).exchangeAudience
      return try await MachineIdentity(context: context, identity: identity, audience: audience).token()
    }
    return { () throws(TokenFailure) in
      let service = try SignInService(context)
      let assertion = try await Self.assertion(of: assertions)
      do throws(TokenFailure) {
        return try await service.token(tenant: tenant, client: client, proof: .assertion(assertion.value))
      } catch {
        // An assertion that is out of date is worth one fresh one.
        guard error.codes.contains(where: SignInHelp.staleAssertionCodes.contains) else {
          throw error.exchanging
        }
      }
      await assertions.reject(assertion)
      let fresh = try await Self.assertion(of: assertions)
      do throws(TokenFailure) {
        return try await service.token(tenant: tenant, client: client, proof: .assertion(fresh.value))
      } catch {
        throw error.exchanging
      }
    }
  }

  private static func assertion<C>(of assertions: TokenCache<C>) async throws(TokenFailure) -> AccessToken {
    do throws(TokenFailure) {
      return try await assertions.token()
    } catch {
      throw error.prefixed("step 1, the managed identity's assertion: ")
    }
  }

  /// A fetch for a service principal that a Kubernetes cluster vouches for by a token in a file.
  ///
  /// The file is read at every exchange, since the cluster renews it.
  ///
  /// - Throws: `.notAvailable` when the environment does not describe such an identity.
  static func workloadToken(_ context: IdentityContext) async throws(TokenFailure) -> AccessToken {
    let names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"]
    guard let values = context.variables(names) else {
      throw TokenFailure(.notAvailable, context.missing(names))
    }
    try context.checkTenant(values[0])
    let assertion: String
    switch context.files.readToken(values[2], 64 << 10) {
    case .unreadable(let reason):
      throw TokenFailure(.refused, "AZURE_FEDERATED_TOKEN_FILE names a file that cannot be read: \(reason)")
    case .bytes(let bytes):
      assertion = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }
    guard !assertion.isEmpty else {
      throw TokenFailure(.refused, "AZURE_FEDERATED_TOKEN_FILE names an empty file")
    }
    return try await SignInService(context)
      .token(tenant: values[0], client: values[1], proof: .assertion(Secret(assertion)))
  }
}

extension TokenFailure {
  fileprivate var exchanging: TokenFailure { prefixed("step 2, exchanging the assertion: ") }

  fileprivate func prefixed(_ text: String) -> TokenFailure {
    guard outcome != .cancelled else { return self }
    var failure = self
    failure.message = text + message
    return failure
  }
}

extension IdentityContext {
  /// The values of variables, or nil when one is not set.
  func variables(_ names: [String]) -> [String]? {
    let values = names.compactMap { environment[$0] }
    return values.count == names.count ? values : nil
  }

  /// Which of the variables are set and which are missing; names only.
  func missing(_ names: [String]) -> String {
    let set = names.filter { environment[$0] != nil }
    let missing = names.filter { environment[$0] == nil }
    let setText = set.isEmpty ? "" : "set: \(set.joined(separator: ", ")); "
    return "not configured (\(setText)missing: \(missing.joined(separator: ", ")))"
  }

  /// Refuses a text that cannot be part of the sign-in service's URL (facts/azure-identity.md 6.6).
  func checkTenant(_ tenant: String) throws(TokenFailure) {
    guard TenantID.isValid(tenant) else {
      throw TokenFailure(.refused, "AZURE_TENANT_ID must be the id or a domain of one tenant")
    }
  }
}
