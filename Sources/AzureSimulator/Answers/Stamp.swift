import Foundation

/// What differs between two answers to the same question: ids, the caller, the moment.
struct Stamp: Sendable {
  /// The number of the request since the simulator began, from 1.
  let number: Int
  /// Seconds since 1970.
  let second: Int
  /// The user the token stands for; empty for nobody.
  let user: String
  /// `X-TFS-Session` as the caller sent it.
  let session: String?

  /// The id of this answer, which operators quote to the service's support.
  var activity: GUID {
    var random = SeededGenerator(seed: UInt64(number))
    return GUID(high: random.next() & ~0xF000 | 0x4000, low: random.next() & ~(3 << 62) | 2 << 62)
  }

  var userID: GUID { GUID(name: "user/\(user)") }

  /// The reference the front end adds to every answer (facts/azure-devops-api.md 2 and 6).
  var frontEndReference: String {
    let hex = activity.upperCaseDigits
    return "Ref A: \(hex) Ref B: SIMULATOR Ref C: \(moment)"
  }

  /// The moment of the answer, ISO 8601 with whole seconds.
  var moment: String {
    // By hand: the formatters are the dearest part of a small answer.
    let days = second / 86400
    let rest = second % 86400
    let (year, month, day) = Self.civil(days)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(year)-\(two(month))-\(two(day))T\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
  }

  /// Year, month and day of a number of days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date
  /// Algorithms", civil_from_days), for days after 1970.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

extension Stamp {
  private static let deployment = GUID(name: "deployment").description
  private static let process = GUID(name: "process").description
  private static let application = "appId=cid-v1:\(GUID(name: "application"))"
  private static let privacy = "CP=\"NOI DSP COR CNT\""

  /// The headers of every answer that reached the application (facts/azure-devops-api.md 2).
  func commonHeaders() -> [(name: String, value: String)] {
    let activity = activity.description
    var headers = [
      (name: "Cache-Control", value: "no-cache"),
      (name: "Pragma", value: "no-cache"),
      (name: "Expires", value: "-1"),
    ]
    headers += identityHeaders(activity)
    if !user.isEmpty { headers.append((name: "X-VSS-UserData", value: "\(userID):\(user)")) }
    headers.append((name: "X-FRAME-OPTIONS", value: "SAMEORIGIN"))
    return headers
  }

  /// The headers of an answer that was given before the caller was known (recording 23).
  func identityHeaders(_ activity: String) -> [(name: String, value: String)] {
    [
      (name: "ActivityId", value: activity),
      (name: "X-TFS-Session", value: session ?? activity),
      (name: "X-VSS-E2EID", value: activity),
      (name: "X-VSS-SenderDeploymentId", value: Self.deployment),
      (name: "Request-Context", value: Self.application),
      (name: "Access-Control-Expose-Headers", value: "Request-Context"),
    ] + frontHeaders()
  }

  /// The headers of an answer that the front door adds, also before the application (recording 27).
  func frontHeaders() -> [(name: String, value: String)] {
    [
      (name: "X-TFS-ProcessId", value: Self.process),
      (name: "P3P", value: Self.privacy),
      (name: "Strict-Transport-Security", value: "max-age=31536000; includeSubDomains"),
      (name: "X-Content-Type-Options", value: "nosniff"),
      (name: "X-Cache", value: "CONFIG_NOCACHE"),
      (name: "X-MSEdge-Ref", value: frontEndReference),
    ]
  }
}
