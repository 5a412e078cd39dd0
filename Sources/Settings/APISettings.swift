package import Foundation

/// `crawler.api`: who may use the API, and how it is served.
package struct APISettings: Sendable, Equatable {
  /// Empty: whoever reaches the address may do everything, which only a loopback address is served with.
  package var tokens: [APIToken] = []
  /// Nil means plain HTTP.
  package var tls: TLSFiles?
  /// `plainHTTP`: whether an address that others reach may be served without TLS, because a proxy in front of
  /// the service does that.
  package var plainHTTP = false
  /// `hosts`: names that requests may be addressed to, in lower case and without port, besides loopback and the
  /// address of `crawler.listen`.
  package var hosts: [String] = []
  package var limits = APILimits()

  package init() {}
}

/// `crawler.api.limits`: what one client may take of the service.
package struct APILimits: Sendable, Equatable {
  /// Connections at a time; others wait in the system's queue.
  package var connections = 512
  /// Bytes of all header fields of a request.
  package var headerBytes = 32 << 10
  /// Bytes of the body of a request.
  package var bodyBytes = 2 << 20
  /// How long a connection may be without a request, and how long the head of one may take.
  package var idle: Duration = .seconds(60)
  /// How long the body of a request may take.
  package var body: Duration = .seconds(20)
  /// How long a client may take nothing of an answer.
  package var stall: Duration = .seconds(30)

  package init() {}
}

/// An element of `crawler.api.tokens`.
///
/// Two of one name are one token that is being replaced: both are good meanwhile.
package struct APIToken: Sendable, Equatable {
  /// What a token may be used for; each includes the ones before.
  package enum Scope: String, Sendable, CaseIterable {
    case read
    case refresh
    case admin
  }

  /// Shown in logs in place of the token.
  package var name: String
  /// The token itself is not kept.
  package var hash: TokenHash
  package var scope: Scope
  /// From when on it is not good any more; nil for never.
  package var expires: Date?

  package init(name: String, hash: TokenHash, scope: Scope, expires: Date? = nil) {
    self.name = name
    self.hash = hash
    self.scope = scope
    self.expires = expires
  }
}

/// `crawler.api.tls`: absolute paths of PEM files.
package struct TLSFiles: Sendable, Equatable {
  package var certificateFile: String
  package var keyFile: String

  package init(certificateFile: String, keyFile: String) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }
}

/// `crawler.webhooks`: what Azure DevOps may tell the service (facts/azure-devops-api.md 7.3).
package struct WebhookSettings: Sendable, Equatable {
  /// The header that the secret is sent in.
  package static let secretHeader = "X-Catalog-Crawler-Secret"

  /// `secret`: sent in a header of its own; nil when that is no proof.
  package var secret: Secret?
  /// `username` and `password`, sent as Basic; nil when they are no proof.
  package var basic: Basic?
  /// How long after a refresh of a repository the next one begins at the earliest.
  package var settle: Duration = .seconds(10)

  package init() {}

  package struct Basic: Sendable, Equatable {
    package var username: String
    package var password: Secret

    package init(username: String, password: Secret) {
      self.username = username
      self.password = password
    }
  }

  /// Whether there is a proof, without which nothing is taken.
  package var isOn: Bool { secret != nil || basic != nil }
}
