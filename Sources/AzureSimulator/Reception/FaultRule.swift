/// One line of the script of what goes wrong: which requests get which answer.
package struct FaultRule: Sendable, Equatable {
  /// The short name of a route, as in ``RequestCounts/byRoute``; nil: every route.
  package var route: String?
  /// An organization's name; nil: every organization.
  package var organization: String?
  /// A repository's name or id; nil: every request, also those that name no repository.
  package var repository: String?
  /// A client id, or what else a token request names its identity by, or `system-assigned`
  /// (as in ``RequestCounts/byIdentity``); nil: every request.
  ///
  /// A rule with an organization or a repository means no token request; one with an identity means only
  /// token requests.
  package var identity: String?
  /// Which of the requests that match the above.
  package var numbers: Numbers
  package var answer: FaultAnswer

  package init(
    route: String? = nil,
    organization: String? = nil,
    repository: String? = nil,
    identity: String? = nil,
    numbers: Numbers = .all,
    answer: FaultAnswer
  ) {
    self.route = route
    self.organization = organization
    self.repository = repository
    self.identity = identity
    self.numbers = numbers
    self.answer = answer
  }

  /// Numbers of matching requests, from 1, counted since the rule was set.
  package enum Numbers: Sendable, Equatable {
    case all
    case only(Set<Int>)

    package static func nth(_ number: Int) -> Numbers { .only([number]) }
    package static func first(_ count: Int) -> Numbers { .only(Set(1...count)) }

    func contains(_ number: Int) -> Bool {
      switch self {
      case .all: true
      case .only(let numbers): numbers.contains(number)
      }
    }
  }

  func matches(_ route: IdentityRoute, _ subject: String) -> Bool {
    if let wanted = self.route, wanted.lowercased() != route.name.lowercased() { return false }
    guard organization == nil, repository == nil else { return false }
    return identity == nil || identity?.lowercased() == subject
  }

  func matches(_ route: Route, _ repository: RepositoryIndex?) -> Bool {
    guard identity == nil else { return false }
    if let wanted = self.route, wanted.lowercased() != route.name.lowercased() { return false }
    if let wanted = organization, wanted.lowercased() != route.organization.lowercased() { return false }
    guard let wanted = self.repository?.lowercased() else { return true }
    return [route.repository, repository?.name, repository?.id.description].contains {
      $0?.lowercased() == wanted
    }
  }
}

/// What goes wrong (facts/azure-devops-api.md 4.2, 5.2, 6).
package enum FaultAnswer: Sendable, Equatable {
  /// 503 TF24668: the organization was stopped.
  case organizationStopped
  /// 503 with the front end's page.
  case frontEndUnavailable
  /// 500.
  case serverError
  /// 429; `Retry-After` in seconds, nil: without the header.
  case tooManyRequests(retryAfter: Int?)
  /// 429 with a page in place of an exception; `Retry-After` in seconds, nil: without the header.
  case tooManyRequestsPage(retryAfter: Int?)
  /// 503 as an exception; `Retry-After` in seconds, nil: without the header.
  case unavailable(retryAfter: Int?)
  /// The right answer, later than usual, with `Retry-After` in seconds and the rate limit headers.
  case delayed(retryAfter: Int, by: Duration = .zero)
  /// 203 with a page to sign in on.
  case signInPage
  /// 200 with a page.
  case htmlPage
  /// 401, TF400813.
  case unauthorized
  /// 403, VS403463.
  case forbidden
  /// The connection is closed and nothing is sent.
  case connectionCutBeforeAnswer
  /// The connection is reset and nothing is sent.
  case connectionReset
  /// The connection is closed after half of the right body.
  case connectionCutInBody
  /// After half of the right body nothing more comes, and the connection stays open.
  case stalled
  /// The right body in sixteen pieces, with this pause before each.
  case trickled(by: Duration)
  /// The right body under a `Content-Length` that is off by so many bytes; then the connection is closed.
  case wrongLength(by: Int)
  /// 200 with the right type and half of the right JSON, complete as HTTP.
  case wrongJSON
  /// The right answer, later than usual.
  case slow(by: Duration)
  /// An error with this status, 400 or above.
  case status(Int)
  /// 302 to an address.
  case redirect(to: String)
  /// The right body with blanks behind it, this many bytes in all.
  case padded(toBytes: Int)

  // The following alter token requests alone (facts/azure-identity.md 8.5); others they leave as they are.

  /// The refusal with this AADSTS number (facts/azure-identity.md 7).
  case entra(Int)
  /// 403 with the text of a container's proxy where there is no metadata service.
  case noMetadataService
  /// The right answer with other fields: JSON text by name, nil for a field that is left out.
  case tokenFields([String: String?])
  /// A wrong challenge of the Arc endpoint.
  case arcKey(ArcKeyFault)
}

/// The rules in force and how often each has matched.
struct FaultScript: Sendable {
  private var rules: [(rule: FaultRule, matched: Int)]

  init(_ rules: [FaultRule]) {
    self.rules = rules.map { ($0, 0) }
  }

  /// Counts the request for every rule and gives the answer of the first rule that means it.
  ///
  /// - Parameter repository: looks up the repository the route names; asked only when a rule needs it.
  mutating func next(_ route: Route, repository: () -> RepositoryIndex?) -> FaultAnswer? {
    guard !rules.isEmpty else { return nil }
    let found = rules.contains { $0.rule.repository != nil } ? repository() : nil
    return next { $0.matches(route, found) }
  }

  /// As ``next(_:repository:)``, for a request that `matches` tells.
  mutating func next(where matches: (FaultRule) -> Bool) -> FaultAnswer? {
    var answer: FaultAnswer?
    for place in rules.indices where matches(rules[place].rule) {
      rules[place].matched += 1
      if answer == nil, rules[place].rule.numbers.contains(rules[place].matched) {
        answer = rules[place].rule.answer
      }
    }
    return answer
  }
}
