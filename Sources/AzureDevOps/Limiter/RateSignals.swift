import Credentials
import Foundation
package import Transport

/// What the headers of an answer say about the service's limits, whatever its status
/// (facts/azure-devops-api.md 4.2).
package struct RateSignals: Sendable, Equatable {
  /// `Retry-After`: how long nothing is to be asked; zero for a date that is over, nil when it was not sent or
  /// is neither a number nor a date (facts/backstage-azure.md 9.H, 158).
  package var retryAfter: Duration?
  /// `X-RateLimit-Delay`: how long the answer was held back; nil when it was not sent.
  package var delay: Duration?
  /// What is left of the identity's budget; nil when the answer does not say.
  package var budget: Budget?
  /// Who the service takes the sender for, in lower case, from `X-VSS-UserData`; nil when it does not say.
  package var identity: String?
  /// The sender's id in the organization, in lower case, from `X-VSS-UserData`; nil when it does not say.
  package var identityID: String?

  /// `X-RateLimit-Remaining` and what belongs to it.
  package struct Budget: Sendable, Equatable {
    /// `X-RateLimit-Remaining`, in the service's units, whose price for a request is not published.
    package var remaining: Double
    /// `X-RateLimit-Limit`, in the same units; nil when it was not sent or is none.
    package var limit: Double?
    /// How long after the answer `X-RateLimit-Reset` is; never negative.
    package var resetAfter: Duration
    /// `X-RateLimit-Resource`, such as `Core`; nil when it was not sent.
    package var resource: String?

    package init(remaining: Double, limit: Double? = nil, resetAfter: Duration, resource: String? = nil) {
      self.remaining = remaining
      self.limit = limit
      self.resetAfter = resetAfter
      self.resource = resource
    }
  }

  /// Nothing is said, or no answer came.
  package init() {}

  /// - Parameter now: Seconds since 1970 by this machine; used only when the answer has no `Date`, because the
  ///   service's moments are by its own clock.
  package init(_ headers: HTTPHeaders, now: Int) {
    if let user = headers["X-VSS-UserData"] {
      (identity, identityID) = (Self.identity(user), Self.identityID(user))
    }
    let wait = headers["Retry-After"]
    delay = headers["X-RateLimit-Delay"].flatMap(Self.seconds)
    let remaining = headers["X-RateLimit-Remaining"].flatMap(Double.init)
    guard wait != nil || remaining != nil else { return }
    let answered = headers["Date"].flatMap(Moment.http) ?? now
    retryAfter = wait.flatMap { Self.wait($0, answered) }
    guard let remaining, remaining.isFinite, let reset = headers["X-RateLimit-Reset"].flatMap({ Int($0) })
    else { return }
    budget = Budget(
      remaining: max(0, remaining),
      limit: headers["X-RateLimit-Limit"].flatMap(Double.init).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil },
      resetAfter: Self.capped(seconds: min(max(reset, 0), Self.latest) - answered),
      resource: headers["X-RateLimit-Resource"]
    )
  }

  /// How long the service asks to wait before anything is asked: `Retry-After`, else `X-RateLimit-Delay`
  /// (facts/backstage-azure.md 1.7); nil when it does not.
  package var pause: Duration? { retryAfter ?? delay }

  /// Whether the service says that it is asked too much, apart from the status.
  package var slowsDown: Bool { retryAfter != nil || (delay ?? .zero) > .zero }

  /// The longest wait that is told apart from for ever: a year.
  private static let longest = 366 * 86_400

  /// Later than any date of a header, in seconds since 1970, and far from what numbers can be.
  private static let latest = 1 << 40

  private static func capped(seconds: Int) -> Duration { .seconds(min(max(0, seconds), longest)) }

  private static func wait(_ text: String, _ answered: Int) -> Duration? {
    if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      return capped(seconds: Int(text) ?? longest)
    }
    return Moment.http(text).map { capped(seconds: $0 - answered) }
  }

  /// A number of seconds with up to three decimals.
  private static func seconds(_ text: String) -> Duration? {
    guard let seconds = Double(text), seconds.isFinite, seconds >= 0 else { return nil }
    return .milliseconds(Int64(min(seconds, Double(longest)) * 1000))
  }

  /// `ID:NAME`: the name, which is the same in every organization; the id when there is no name.
  private static func identity(_ text: String) -> String? {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
      return text.isEmpty ? nil : text.lowercased()
    }
    let name =
      text.utf8.index(after: colon) < text.endIndex ? text[text.utf8.index(after: colon)...] : text[..<colon]
    return name.isEmpty ? nil : name.lowercased()
  }

  /// `ID:NAME`: the id, when it has the form of one.
  private static func identityID(_ text: String) -> String? {
    let id = text.utf8.prefix { $0 != UInt8(ascii: ":") }
    let isID =
      id.count == 36
      && id.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
      }
    return isID ? String(decoding: id, as: UTF8.self).lowercased() : nil
  }
}
