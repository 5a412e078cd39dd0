import Foundation

/// Moments as services write them, in seconds since 1970.
package enum Moment {
  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// The date of an HTTP header, like `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7); nil for anything
  /// else.
  package static func http(_ text: String) -> Int? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
      let month = months.firstIndex(of: parts[2].lowercased()), let time = timeOfDay(parts[4])
    else { return nil }
    return seconds(year: year, month: month + 1, day: day, time: time)
  }

  /// `expires_on` in any of its forms: seconds since 1970, or `6/20/2019 2:57:58 +00:00` with or without
  /// AM or PM (facts/azure-identity.md 2.4).
  static func expiry(_ text: String) -> Int? {
    if let seconds = Double(text) { return wholeSeconds(seconds) }
    var parts = text.split(separator: " ")
    guard parts.count >= 3, let offset = offset(parts.removeLast()) else { return nil }
    let half = parts.count == 3 ? parts.removeLast().uppercased() : nil
    let date = parts[0].split(separator: "/").map { Int($0) }
    guard parts.count == 2, date.count == 3, let month = date[0], let day = date[1], let year = date[2],
      var time = timeOfDay(parts[1])
    else { return nil }
    if let half {
      guard half == "AM" || half == "PM", time < 13 * 3600 else { return nil }
      time = time % (12 * 3600) + (half == "PM" ? 12 * 3600 : 0)
    }
    return seconds(year: year, month: month, day: day, time: time).map { $0 - offset }
  }

  /// `2030-06-20T02:57:58Z`, with or without a fraction; nil for anything else.
  static func utc(_ text: String) -> Int? {
    guard text.hasSuffix("Z"), let (date, time) = isoParts(String(text.dropLast()), separator: "T") else {
      return nil
    }
    return seconds(year: date[0], month: date[1], day: date[2], time: time)
  }

  /// `2030-06-20 02:57:58.123456` by the clocks of a time zone; nil for anything else.
  static func local(_ text: String, in zone: TimeZone) -> Int? {
    guard let (date, time) = isoParts(text, separator: " "),
      // A calendar takes any numbers, and some of them take it beyond what a number can be.
      seconds(year: date[0], month: date[1], day: date[2], time: time) != nil
    else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let parts = DateComponents(
      year: date[0],
      month: date[1],
      day: date[2],
      hour: time / 3600,
      minute: time / 60 % 60,
      second: time % 60
    )
    return calendar.date(from: parts).map { Int($0.timeIntervalSince1970) }
  }

  /// The parts of `2030-06-20 02:57:58.123456`: year, month, day, and seconds of the day.
  private static func isoParts(_ text: String, separator: Character) -> (date: [Int], time: Int)? {
    let halves = text.split(separator: separator)
    guard halves.count == 2, let time = timeOfDay(halves[1].prefix { $0 != "." }) else { return nil }
    let date = halves[0].split(separator: "-").compactMap { Int($0) }
    return date.count == 3 ? (date, time) : nil
  }

  /// A number of seconds without its fraction; nil when it is no sensible number.
  static func wholeSeconds(_ number: Double) -> Int? {
    number.isFinite && abs(number) < 1e15 ? Int(number.rounded(.down)) : nil
  }

  private static func timeOfDay(_ text: Substring) -> Int? {
    let parts = text.split(separator: ":").map { Int($0) }
    guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2],
      (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// `+02:00` in seconds.
  private static func offset(_ text: Substring) -> Int? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    let parts = text.dropFirst().split(separator: ":").compactMap { Int($0) }
    guard parts.count == 2, (0...23).contains(parts[0]), (0...59).contains(parts[1]) else { return nil }
    return (sign == "-" ? -1 : 1) * (parts[0] * 3600 + parts[1] * 60)
  }

  /// Counts days by the rules of the Gregorian calendar, with March as the first month of a year.
  private static func seconds(year: Int, month: Int, day: Int, time: Int) -> Int? {
    guard (1900...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shifted = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    return days * 86_400 + time
  }
}
