import Crypto
package import Foundation
import Locks
package import Settings

/// Who has signed in with a browser: in memory, so that a restart signs everybody out.
package final class Sessions: Sendable {
  /// How long a session lasts, in seconds.
  package static let lifetime = 12.0 * 3600
  /// The cookie that holds a session's id.
  package static let cookie = "catalog_crawler_session"
  /// The oldest gives way to the next one beyond.
  private static let capacity = 1_000

  private struct Session {
    var token: APIToken
    var end: Date
  }

  /// By the hash of the id: looking an id up tells nothing about others.
  private let sessions = Guarded<[SHA256Digest: Session]>([:])

  package init() {}

  /// Begins a session.
  ///
  /// - Returns: Its id, 256 random bits.
  package func begin(_ token: APIToken, at now: Date) -> String {
    let key = SymmetricKey(size: .bits256)
    let id = key.withUnsafeBytes { Data($0) }.base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    sessions.withLock { sessions in
      sessions = sessions.filter { now < $0.value.end }
      if sessions.count >= Self.capacity,
        let oldest = sessions.min(by: { $0.value.end < $1.value.end })?.key
      {
        sessions[oldest] = nil
      }
      sessions[Self.hash(id)] = Session(token: token, end: now.addingTimeInterval(Self.lifetime))
    }
    return id
  }

  /// The token that a session was begun with; nil when there is no such session, or it is over.
  package func token(of id: String, at now: Date) -> APIToken? {
    sessions.withLock { sessions in
      guard let session = sessions[Self.hash(id)], now < session.end else { return nil }
      return session.token
    }
  }

  package func end(_ id: String) { sessions.withLock { $0[Self.hash(id)] = nil } }

  private static func hash(_ id: String) -> SHA256Digest { SHA256.hash(data: Data(id.utf8)) }
}

/// Makes guessing slow: after some failures in a row an address has to wait, longer each time.
package struct SignInThrottle: Sendable {
  private struct Failures {
    var count: Int
    var until: Date
    var last: Date
  }

  /// Failures that cost nothing, as people mistype.
  private static let free = 5
  /// The longest wait, in seconds.
  private static let longest = 300.0
  /// After so many seconds without a failure an address begins anew.
  private static let memory = 900.0
  /// Addresses that are known at a time; with more of them all wait together.
  private static let capacity = 1_000

  private var failures: [String: Failures] = [:]

  package init() {}

  /// How many seconds an address has to wait before it may try; 0 for none.
  package func wait(_ address: String, at now: Date) -> Int {
    guard let known = failures[key(address)] else { return 0 }
    return max(0, Int(known.until.timeIntervalSince(now).rounded(.up)))
  }

  package mutating func failed(_ address: String, at now: Date) {
    failures = failures.filter { now.timeIntervalSince($0.value.last) < Self.memory }
    let key = key(address)
    var known = failures[key] ?? Failures(count: 0, until: now, last: now)
    known.count += 1
    known.last = now
    if known.count >= Self.free {
      let wait = min(Self.longest, pow(2, Double(min(known.count - Self.free, 20))))
      known.until = now.addingTimeInterval(wait)
    }
    failures[key] = known
  }

  package mutating func succeeded(_ address: String) { failures[key(address)] = nil }

  private func key(_ address: String) -> String {
    failures[address] != nil || failures.count < Self.capacity ? address : "*"
  }
}
