package import Foundation
package import Settings

/// Who a token belongs to.
package struct TokenTable: Sendable {
  private let tokens: [APIToken]

  package init(_ tokens: [APIToken]) { self.tokens = tokens }

  /// Whether anybody has to show a token.
  package var isEmpty: Bool { tokens.isEmpty }

  /// The token of the settings that was sent; nil when there is none, or not any more.
  ///
  /// Every token is compared, so that the time tells nothing about which one is near.
  package func token(_ sent: String, at now: Date) -> APIToken? {
    var found: APIToken?
    for token in tokens {
      let isSame = token.hash.matches(sent)
      if isSame, isGood(token, at: now) { found = token }
    }
    return found
  }

  /// Whether the settings still have a token.
  package func has(_ token: APIToken, at now: Date) -> Bool {
    tokens.contains { $0.hash == token.hash && $0.scope == token.scope && isGood($0, at: now) }
  }

  private func isGood(_ token: APIToken, at now: Date) -> Bool {
    token.expires.map { now < $0 } ?? true
  }
}

extension Caller {
  /// Whom a token stands for.
  package init(_ token: APIToken) {
    let scopes: Set<AccessScope> =
      switch token.scope {
      case .read: [.read]
      case .refresh: [.read, .refresh]
      case .admin: [.read, .refresh, .admin]
      }
    self.init(name: token.name, scopes: scopes)
  }
}
