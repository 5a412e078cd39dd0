package import Foundation
package import Settings

extension CronExpression {
  /// How many days are looked at: the 29th of February may be eight years away, and a day of the week of it more.
  private static let longestSearch = 366 * 41

  /// The first moment after another one at which it runs; nil when there is none within forty years.
  ///
  /// Pure. Where clocks are put forward, what would run at hands that are never shown runs at the moment of the change,
  /// once; where they are put back, what runs at an hour that is shown twice runs when it is shown first. What runs
  /// every hour runs by the time that passes: never in the gap, and in both of the hours (crontab(5), cron(8)).
  package func next(after moment: Date, in zone: TimeZone) -> Date? {
    // Whole seconds since 1970; what comes next is later than the second that has begun.
    let after = Int(moment.timeIntervalSince1970.rounded(.down))
    let today = Self.floor(after + zone.secondsFromGMT(for: moment), 86_400)
    // The day before has hands that are shown again, or only later.
    for day in (today - 1)...(today + Self.longestSearch) {
      let (month, number) = Self.civil(day)
      // The first of January 1970 was a Thursday.
      guard fits(month: month, day: number, weekday: Self.modulo(day + 4, 7)) else { continue }
      if let found = first(after: after, on: day, in: zone) {
        return Date(timeIntervalSince1970: TimeInterval(found))
      }
    }
    return nil
  }

  /// The first moment of a day, counted from 1970, after another one.
  private func first(after: Int, on day: Int, in zone: TimeZone) -> Int? {
    var first: Int?
    let clock = WallClock(day: day, zone: zone)
    for hour in hours {
      let start = day * 86_400 + hour * 3600
      // Without a change of the clocks the hours of a day follow one another.
      if !clock.isChanging, start + 3599 - clock.before <= after { continue }
      for minute in minutes {
        for second in seconds {
          for moment in clock.moments(at: start + minute * 60 + second, isEveryHour: isEveryHour)
          where moment > after {
            if !clock.isChanging { return moment }
            first = min(first ?? moment, moment)
          }
        }
      }
    }
    return first
  }

  /// Month and day of the month of a day counted from 1970, in the Gregorian calendar.
  private static func civil(_ day: Int) -> (month: Int, day: Int) {
    // Days from the first of March of year 0, in eras of 400 years.
    let shifted = day + 719_468
    let ofEra = modulo(shifted, 146_097)
    let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    return (month < 10 ? month + 3 : month - 9, ofYear - (153 * month + 2) / 5 + 1)
  }

  private static func floor(_ number: Int, _ unit: Int) -> Int { (number - modulo(number, unit)) / unit }

  private static func modulo(_ number: Int, _ unit: Int) -> Int { (number % unit + unit) % unit }
}

/// What the clocks of a time zone show on one day.
private struct WallClock {
  private let zone: TimeZone
  /// Seconds east of Greenwich before and behind the day.
  let before: Int
  private let behind: Int

  /// - Parameter day: Counted from 1970, as the clocks show it.
  init(day: Int, zone: TimeZone) {
    self.zone = zone
    before = Self.offset((day - 1) * 86_400, zone)
    behind = Self.offset((day + 2) * 86_400, zone)
  }

  /// Whether the clocks are changed on the day or close to it.
  var isChanging: Bool { before != behind }

  /// The moments at which something runs that is to run when the clocks show this, in seconds since 1970.
  func moments(at hands: Int, isEveryHour: Bool) -> [Int] {
    guard isChanging else { return [hands - before] }
    let shown = [hands - max(before, behind), hands - min(before, behind)].filter {
      $0 + Self.offset($0, zone) == hands
    }
    guard shown.isEmpty else { return isEveryHour ? shown : Array(shown.prefix(1)) }
    return isEveryHour ? [] : [change(hands - behind, hands - before)]
  }

  /// The moment at which the clocks are changed, between two others.
  private func change(_ low: Int, _ high: Int) -> Int {
    var (low, high) = (low, high)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if Self.offset(middle, zone) == behind { high = middle } else { low = middle }
    }
    return high
  }

  private static func offset(_ moment: Int, _ zone: TimeZone) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(moment)))
  }
}
