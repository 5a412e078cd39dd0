import Settings
import Transport

/// Reads a token from the answer of an identity service (facts/azure-identity.md 1.2, 2.9, 4.3).
struct TokenAnswer {
  /// Tokens that claim to live longer are cut to that.
  private static let longestLife = Duration.seconds(10 * 86_400)
  /// A distance to the end of a token beyond this means that a clock is wrong.
  private static let longestPlausible = 48 * 3600

  let context: IdentityContext
  /// What answered, for messages: `the sign-in service`, ...
  let source: String

  /// The token of a 200 answer.
  ///
  /// - Throws: `.refused` when the answer holds no token that can be used. The message never quotes it.
  func token(in response: HTTPResponse) throws(TokenFailure) -> AccessToken {
    guard let members = TokenJSON.object(in: response.body) else {
      throw TokenFailure(
        .refused,
        "\(source) answered with something that is no token; is it a proxy's page?"
      )
    }
    guard let value = members["access_token"]?.string, !value.isEmpty else {
      throw TokenFailure(.refused, "\(source) answered without 'access_token'")
    }
    // The value goes into a header.
    guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw TokenFailure(.refused, "\(source) answered with a token that has characters no token has")
    }
    if let type = members["token_type"]?.string, type.lowercased() != "bearer" {
      let shown = AnswerText.clean(type, hiding: context.secrets.map { $0.reveal() }).prefix(40)
      throw TokenFailure(.refused, "\(source) answered with a token of type '\(shown)', wanted Bearer")
    }
    let lifetime = try lifetime(of: members, date: response.headers["Date"])
    let refreshIn = members["refresh_in"].flatMap(Self.seconds)
    return AccessToken(
      value: Secret(value),
      lifetime: lifetime,
      refreshIn: refreshIn.flatMap { $0 > 0 ? .seconds($0) : nil }
    )
  }

  private static func seconds(_ value: TokenJSON.Value) -> Int? {
    value.numberText.flatMap { Double($0) }.flatMap(Moment.wholeSeconds)
  }

  private func lifetime(of members: [String: TokenJSON.Value], date: String?) throws(TokenFailure) -> Duration
  {
    if let seconds = members["expires_in"].flatMap(Self.seconds), seconds > 0 { return limited(seconds) }
    guard let text = members["expires_on"]?.numberText, let end = Moment.expiry(text) else {
      let given =
        members["expires_in"] == nil ? "without 'expires_in' and 'expires_on'" : "with a wrong 'expires_in'"
      throw TokenFailure(.refused, "\(source) answered \(given), so the life of the token is not known")
    }
    var seconds = end - context.now()
    if !(1...Self.longestPlausible).contains(seconds) {
      context.warn("the end of the token of \(source) is \(seconds) s away; the local clock looks wrong")
      // What the service takes for now is the better measure.
      if let serverNow = date.flatMap(Moment.http) { seconds = end - serverNow }
    }
    guard seconds > 0 else {
      throw TokenFailure(.refused, "\(source) answered with a token that ended \(-seconds) s ago")
    }
    return limited(seconds)
  }

  private func limited(_ seconds: Int) -> Duration {
    let life = Duration.seconds(seconds)
    guard life > Self.longestLife else { return life }
    context.warn("the token of \(source) claims to live \(seconds) s; it is used for ten days at most")
    return Self.longestLife
  }
}
