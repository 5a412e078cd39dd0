package import Foundation
package import Logging

/// How a simulator behaves, apart from the world it serves.
package struct SimulatorOptions: Sendable {
  /// How long every answer takes at least.
  package var latency: Duration
  /// How a request without a valid token is answered, unless the organization says otherwise; nil: 401 with
  /// `X-TFS-FedAuthRedirect: Suppress`, otherwise the 203 page (facts/azure-devops-api.md 5.2).
  package var authentication: AuthenticationMode?
  /// Whether single items carry an ETag; the real service's are not known to (facts/azure-devops-api.md 3).
  package var etags: ETagMode
  package var codeSearch: CodeSearchState
  /// How long after a change Code Search finds it; until then it finds what was before.
  package var searchLag: Duration
  /// Whether answers that say `Vary: Accept-Encoding` are gzip for those who accept it, as the service's are
  /// (facts/azure-devops-api.md 9.4, point 6).
  package var compresses: Bool
  /// Whether ResourceAreas names this host for git, core and search; off, it is empty as on a server.
  package var listsResourceAreas: Bool
  /// Decides the order of the repository list, which the real service does not promise; nil: the world's.
  package var shuffleSeed: UInt64?
  /// Scheme and host in the addresses of answers; nil: `http` and the request's host.
  package var baseURL: String?
  /// How long after an answer with `Retry-After` a request still counts as sent before it was read.
  package var retryAfterGrace: Duration
  /// Where the Arc endpoint writes its challenge files; nil: the endpoint gives no tokens.
  ///
  /// Clients accept one folder only, `/var/opt/azcmagent/tokens` (facts/azure-identity.md 6.5).
  package var arcKeyFolder: URL?
  package var faults: [FaultRule]
  /// What the seconds between two tries to deliver an event are multiplied by; 1 is the service's own ladder.
  package var hookRetryScale = 1.0
  /// What an identity is allowed; nil: everything.
  package var meter: MeterOptions?
  /// How long the simulator has been there, for tests whose time does not pass by itself; nil: by the
  /// machine's clock.
  ///
  /// Delays of answers are real ones in any case.
  package var elapsed: (@Sendable () -> Duration)?
  /// Told the number of every request, from 1, before it is answered: to stop a client in the middle of its work; nil:
  /// nobody is.
  package var onRequest: (@Sendable (Int) -> Void)?
  /// Gets one line for each request at level info; nil: nothing is logged.
  package var logger: Logger?

  package init(
    latency: Duration = .zero,
    authentication: AuthenticationMode? = nil,
    etags: ETagMode = .none,
    codeSearch: CodeSearchState = .installed,
    searchLag: Duration = .zero,
    compresses: Bool = false,
    listsResourceAreas: Bool = false,
    shuffleSeed: UInt64? = nil,
    baseURL: String? = nil,
    retryAfterGrace: Duration = .milliseconds(50),
    arcKeyFolder: URL? = nil,
    faults: [FaultRule] = [],
    meter: MeterOptions? = nil,
    elapsed: (@Sendable () -> Duration)? = nil,
    onRequest: (@Sendable (Int) -> Void)? = nil,
    logger: Logger? = nil
  ) {
    self.latency = latency
    self.authentication = authentication
    self.etags = etags
    self.codeSearch = codeSearch
    self.searchLag = searchLag
    self.compresses = compresses
    self.listsResourceAreas = listsResourceAreas
    self.shuffleSeed = shuffleSeed
    self.baseURL = baseURL
    self.retryAfterGrace = retryAfterGrace
    self.arcKeyFolder = arcKeyFolder
    self.faults = faults
    self.meter = meter
    self.elapsed = elapsed
    self.onRequest = onRequest
    self.logger = logger
  }
}

/// What single items have of ETags (facts/azure-devops-api.md 3 and 9.4, point 13).
package enum ETagMode: String, Sendable, CaseIterable {
  case none
  /// An ETag, and 304 for those who have it already.
  case honoured
  /// An ETag, and the whole file whatever is asked.
  case ignored
}

/// How Code Search is (facts/azure-devops-api.md 2.13); which answers the service gives in the last three states
/// is not known.
package enum CodeSearchState: Sendable, Equatable {
  case installed
  /// The extension is missing: there is no such resource.
  case notInstalled
  /// 403 for every query.
  case forbidden
  /// 200 without a hit and with this number as `infoCode`.
  case notIndexed(infoCode: Int)
}
