package import Transport

/// Why Azure DevOps did not give what was asked for, and what that means for what we hold.
package struct FetchError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What an answer means.
  ///
  /// Only the first three say that something is positively not there; every other one leaves what we hold as
  /// it is.
  package enum Meaning: String, Sendable {
    /// The repository answers and the branch exists, but it has no such file (TF401174).
    case fileAbsent = "file-absent"
    /// The repository answers, but has no such branch (TF401175).
    case branchAbsent = "branch-absent"
    /// The repository has no branches at all (VS403403).
    case repositoryEmpty = "repository-empty"
    /// Deleted, disabled, or hidden from us: the service does not tell which (TF401019).
    case repositoryUnavailable = "repository-unavailable"
    /// Deleted or hidden from us (TF200016, VS800075).
    case projectUnavailable = "project-unavailable"
    /// The credential was not accepted: 401, a sign-in page or a redirect to one.
    case signIn = "sign-in"
    /// The credential is accepted but may not read this.
    case forbidden = "forbidden"
    /// The organization does not exist under this name.
    case organizationUnknown = "organization-unknown"
    /// The organization is stopped (TF24668).
    case organizationStopped = "organization-stopped"
    /// Over the rate limit (429).
    case throttled = "throttled"
    /// The service has trouble (5xx).
    case serviceTrouble = "service-trouble"
    /// The answer is not what this request is answered with.
    case broken = "broken-answer"
    /// No answer came.
    case unreachable = "unreachable"
    /// The request was given up because the crawl ends.
    case cancelled = "cancelled"
  }

  package var meaning: Meaning
  /// The HTTP status, or nil when no answer came.
  package var status: Int?
  /// What came, for people: our own words with the service's code, never its text.
  package var detail: String
  /// The service's `ActivityId`, which its support asks for; nil when none came.
  package var activityID: String?
  /// Whether the answer was not whole, so that asking again may bring one that says what it means.
  package var isCutOff = false
  /// Whether it was met in another organization than the one that is crawled, which it says nothing of.
  package var isOfAnotherOrganization = false
  /// Project, repository and file where it happened, when it is not told by what the error is about.
  package var place: String?
  /// How long the service asked to wait before anything is asked again; nil when it did not.
  package var wait: Duration?

  package init(_ meaning: Meaning, status: Int? = nil, detail: String, activityID: String? = nil) {
    self.meaning = meaning
    self.status = status
    self.detail = detail
    self.activityID = activityID
  }

  /// The same whenever the same happens: without its place, the activity id and how long to wait.
  package var description: String { status.map { "\(detail) (HTTP \($0))" } ?? detail }

  /// With its place, and with what the service's support asks for.
  package var fullDescription: String {
    (place.map { "\($0): " } ?? "") + description + (activityID.map { ", activity \($0)" } ?? "")
      + (wait.map { ", to be asked again in \($0.components.seconds) s" } ?? "")
  }

  /// The error with the place where it happened.
  package func at(_ place: String) -> FetchError {
    var error = self
    error.place = place
    return error
  }

  /// Whether the service says that there is nothing where something was asked for.
  package var isPositivelyAbsent: Bool {
    switch meaning {
    case .fileAbsent, .branchAbsent, .repositoryEmpty: true
    default: false
    }
  }

  /// Whether the whole organization answers like this, so that asking on is of no use.
  package var endsOrganization: Bool {
    guard !isOfAnotherOrganization else { return false }
    return switch meaning {
    case .signIn, .organizationUnknown, .organizationStopped, .throttled, .cancelled: true
    default: false
    }
  }

  package init(_ error: TransportError) {
    switch error {
    case .cancelled: self.init(.cancelled, detail: "cancelled")
    case .bodyTooLarge: self.init(.broken, detail: error.description)
    // CURLE_PEER_FAILED_VERIFICATION
    case .failed(60, _):
      self.init(
        .unreachable,
        detail: "\(error.description): the server's certificate is not trusted; an authority of your own is "
          + "named by crawler.tls.caFile"
      )
    default: self.init(.unreachable, detail: error.description)
    }
  }
}
