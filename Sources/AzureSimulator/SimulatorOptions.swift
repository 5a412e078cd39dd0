package import Foundation
package import Logging

/// How a simulator behaves, apart from the world it serves.
package struct SimulatorOptions: Sendable {
  /// How long every answer takes at least.
  package var latency: Duration
  /// How a request without a valid token is answered, unless the organization says otherwise; nil: 401 with
  /// `X-TFS-FedAuthRedirect: Suppress`, otherwise the 203 page (facts/azure-devops-api.md 5.2).
  package var authentication: AuthenticationMode?
  /// Whether single items carry an ETag and answer `If-None-Match` with 304.
  ///
  /// The real service is not known to (facts/azure-devops-api.md 3).
  package var etags: Bool
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
    etags: Bool = false,
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
