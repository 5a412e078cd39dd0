/// Durations as people write them.
package enum DurationText {
  /// The keys of the object form, largest first; a year has 365 days and a month 30, as in Backstage.
  static let units: [(name: String, length: Duration)] = [
    ("years", .seconds(365 * 86_400)),
    ("months", .seconds(30 * 86_400)),
    ("weeks", .seconds(7 * 86_400)),
    ("days", .seconds(86_400)),
    ("hours", .seconds(3_600)),
    ("minutes", .seconds(60)),
    ("seconds", .seconds(1)),
    ("milliseconds", .milliseconds(1)),
  ]

  private static let shortNames = [
    "y": "years", "yr": "years", "yrs": "years",
    "w": "weeks", "d": "days",
    "h": "hours", "hr": "hours", "hrs": "hours",
    "m": "minutes", "min": "minutes", "mins": "minutes",
    "s": "seconds", "sec": "seconds", "secs": "seconds",
    "ms": "milliseconds", "msec": "milliseconds", "msecs": "milliseconds",
  ]

  /// The duration that a text means, or nil.
  ///
  /// `PT1H30M` (ISO 8601), or a number with a unit: `30s`, `5 minutes`, `1.5 h`. A number alone is refused,
  /// since it has no unit.
  package static func duration(_ text: String) -> Duration? {
    let text = text.trimmingWhiteSpace()
    if text.hasPrefix("P") || text.hasPrefix("p") { return isoDuration(text.dropFirst().uppercased()) }
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text[number.endIndex...].trimmingWhiteSpace().lowercased()
    let name = shortNames[unit] ?? (unit.hasSuffix("s") ? unit : unit + "s")
    guard let length = units.first(where: { $0.name == name })?.length else { return nil }
    return product(number, length)
  }

  /// What follows the `P`: parts of a date, and after a `T` parts of a time, each unit at most once and
  /// in falling order.
  private static func isoDuration(_ text: String) -> Duration? {
    let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    guard let date = sum(halves[0], ["Y": "years", "M": "months", "W": "weeks", "D": "days"], "YMWD") else {
      return nil
    }
    guard halves.count > 1 else { return halves[0].isEmpty ? nil : date }
    guard !halves[1].isEmpty,
      let time = sum(halves[1], ["H": "hours", "M": "minutes", "S": "seconds"], "HMS")
    else { return nil }
    return date + time
  }

  private static func sum(_ text: Substring, _ names: [Character: String], _ order: String) -> Duration? {
    var (sum, rest, allowed) = (Duration.zero, text, order[...])
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
      guard let unit = rest[number.endIndex...].first, let position = allowed.firstIndex(of: unit),
        let length = units.first(where: { $0.name == names[unit] })?.length,
        let part = product(number, length)
      else { return nil }
      sum += part
      allowed = allowed[allowed.index(after: position)...]
      rest = rest[number.endIndex...].dropFirst()
    }
    return sum
  }

  private static func product(_ number: Substring, _ unit: Duration) -> Duration? {
    guard number.first?.isNumber == true, number.last?.isNumber == true, number.count <= 12 else {
      return nil
    }
    if let whole = Int(number) { return unit * whole }
    guard let fraction = Double(number) else { return nil }
    let (seconds, attoseconds) = unit.components
    let unitMilliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    return .milliseconds(Int64((fraction * unitMilliseconds).rounded()))
  }

  /// For messages: the largest unit that is whole, like `90 s` or `24 h`.
  static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms" }
    for (length, name) in [(86_400, "d"), (3_600, "h"), (60, "min")] as [(Int64, String)]
    where seconds >= length && seconds % length == 0 {
      return "\(seconds / length) \(name)"
    }
    return "\(seconds) s"
  }
}
