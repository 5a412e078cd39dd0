/// How often the simulator was asked, since it began or since the counts were reset.
package struct RequestCounts: Sendable, Equatable {
  package var total = 0
  /// By the short name of the route: `repositories`, `repository`, `items`, `itemsBatch`, `refs`,
  /// `branchStatistics`, `commits`, `changes`, `trees`, `blobs`, `annotatedTags`, `diffs`, `codeSearch`,
  /// `projects`, `project`, `connectionData`, `resourceAreas`, `locations`, `unknown`; of sign-in `token`, `discovery`,
  /// `instanceDiscovery`; of managed identities `imds`, `appService`, `azureML`, `arc`, `serviceFabric`,
  /// `cloudShell`.
  package var byRoute: [String: Int] = [:]
  /// By the organization's name in lower case; also of organizations that do not exist.
  package var byOrganization: [String: Int] = [:]
  /// Sign-in and managed identity requests by whom a token is asked for, in lower case: the client id or
  /// other id that was sent, `system-assigned` without one, `unknown` for requests that ask for none.
  package var byIdentity: [String: Int] = [:]
  /// The most connections that were open at one time.
  package var maxConnections = 0
  /// Requests that came while a `Retry-After` given to the same organization and user, or for the same
  /// identity, was not over.
  package var insideRetryAfter = 0
  /// Units that the service's meter has charged; 0 without a meter, as the two below.
  package var units = 0.0
  /// Answers that were late because of the meter.
  package var delayed = 0
  /// Requests that the meter refused.
  package var blocked = 0

  package init() {}
}

/// Counts requests and connections, and remembers the `Retry-After` windows that were given.
///
/// Moments are durations since the simulator began. The service's own limits are in ``ServiceMeter``, keyed like
/// the windows.
struct RequestMeter: Sendable {
  private(set) var counts = RequestCounts()
  private(set) var openConnections = 0
  /// Connections and requests since the beginning, resets or not.
  private(set) var acceptedConnections = 0
  private(set) var handledRequests = 0
  private var windows: [Caller: Window] = [:]

  /// Whom a `Retry-After` is for.
  enum Caller: Hashable, Sendable {
    /// A user of an organization, whose name is in lower case.
    case user(String, organization: String)
    /// Whom a token is asked for.
    case identity(String)
  }

  private struct Window: Sendable {
    var begin: Duration
    var end: Duration
  }

  /// A request came.
  ///
  /// - Parameter owner: Whose windows hold for it; nil: the caller's.
  mutating func count(
    _ route: String,
    _ caller: Caller,
    owner: Caller? = nil,
    at now: Duration,
    grace: Duration
  ) {
    let owner = owner ?? caller
    handledRequests += 1
    counts.total += 1
    counts.byRoute[route, default: 0] += 1
    switch caller {
    case .user(_, let organization): counts.byOrganization[organization, default: 0] += 1
    case .identity(let subject): counts.byIdentity[subject, default: 0] += 1
    }
    guard let window = windows[owner] else { return }
    if now >= window.end {
      windows[owner] = nil
    } else if now >= window.begin + grace {
      counts.insideRetryAfter += 1
    }
  }

  /// The service's meter has judged a request.
  mutating func note(_ verdict: ServiceMeter.Verdict, price: Double) {
    switch verdict.kind {
    case .usual, .near: counts.units += price
    case .delayed:
      counts.units += price
      counts.delayed += 1
    case .blocked: counts.blocked += 1
    }
  }

  /// An answer with `Retry-After` was given at `now`.
  ///
  /// A longer window that is open stays.
  mutating func openWindow(_ caller: Caller, at now: Duration, seconds: Int) {
    let end = now + .seconds(seconds)
    guard let open = windows[caller], open.end > now else {
      windows[caller] = Window(begin: now, end: end)
      return
    }
    windows[caller]?.end = max(open.end, end)
  }

  mutating func connectionOpened() {
    openConnections += 1
    acceptedConnections += 1
    counts.maxConnections = max(counts.maxConnections, openConnections)
  }

  mutating func connectionClosed() {
    openConnections -= 1
  }

  /// Begins the counts anew; open connections and windows stay.
  mutating func reset() {
    counts = RequestCounts()
    counts.maxConnections = openConnections
  }
}
