/// When something runs, as cron writes it: five fields (minute, hour, day of the month, month, day of the week), or
/// six with seconds before them.
///
/// Source: facts/backstage-azure.md 5.1 (`frequency: {cron: ...}`); the rules are those of crontab(5).
package struct CronExpression: Sendable, Equatable {
  /// The seconds, minutes, hours, days, months (1 to 12) and days of the week (0 is Sunday) that fit.
  package let seconds: [Int]
  package let minutes: [Int]
  package let hours: [Int]
  package let days: Set<Int>
  package let months: Set<Int>
  package let weekdays: Set<Int>
  /// Whether days of the month and of the week are both restricted: then a day fits when one of them does.
  package let fitsEitherDay: Bool
  /// Whether the hours begin with `*`: then it runs by the time that passes, and else by the hands of the clock, once
  /// a day however often these show the hour when clocks are changed.
  package let isEveryHour: Bool

  private static let monthNames = [
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
    "nov": 11,
    "dec": 12,
  ]
  private static let dayNames = ["sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6]

  /// - Throws: `CronError` for a text that is none, and for one that fits no day of any year.
  package init(_ text: String) throws(CronError) {
    var fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard (5...6).contains(fields.count) else {
      throw CronError(message: "got \(fields.count) fields, wanted five, or six with seconds before them")
    }
    if fields.count == 5 { fields.insert("0", at: 0) }
    seconds = try Self.values(fields[0], "seconds", 0...59)
    minutes = try Self.values(fields[1], "minutes", 0...59)
    hours = try Self.values(fields[2], "hours", 0...23)
    days = Set(try Self.values(fields[3], "days of the month", 1...31))
    months = Set(try Self.values(fields[4], "months", 1...12, Self.monthNames))
    weekdays = Set(try Self.values(fields[5], "days of the week", 0...7, Self.dayNames).map { $0 % 7 })
    isEveryHour = fields[2].hasPrefix("*") || fields[2] == "?"
    fitsEitherDay = ![fields[3], fields[5]].contains { $0.hasPrefix("*") || $0 == "?" }
    let lengths = [1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31]
    let hasDay = months.contains { month in days.contains { $0 <= lengths[month] ?? 0 } }
    guard hasDay || fitsEitherDay else { throw CronError(message: "no month has such a day") }
  }

  /// Whether it runs on a day.
  ///
  /// - Parameter weekday: 0 is Sunday.
  package func fits(month: Int, day: Int, weekday: Int) -> Bool {
    guard months.contains(month) else { return false }
    return fitsEitherDay
      ? days.contains(day) || weekdays.contains(weekday) : days.contains(day) && weekdays.contains(weekday)
  }

  /// The values of a field, in rising order.
  private static func values(
    _ field: String,
    _ name: String,
    _ range: ClosedRange<Int>,
    _ names: [String: Int] = [:]
  ) throws(CronError) -> [Int] {
    var values: Set<Int> = []
    for part in field.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "/", omittingEmptySubsequences: false)
      let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false)
      func fail(_ wanted: String) -> CronError {
        CronError(message: "got '\(part)' for the \(name), wanted \(wanted)")
      }
      func value(_ text: Substring) throws(CronError) -> Int {
        let isNumber = !text.isEmpty && text.count <= 2 && text.allSatisfy { $0.isASCII && $0.isNumber }
        guard let value = names[text.lowercased()] ?? (isNumber ? Int(text) : nil), range.contains(value)
        else {
          throw fail(
            "\(range.lowerBound) to \(range.upperBound)"
              + (names.isEmpty ? "" : ", or a name like \(example)")
          )
        }
        return value
      }
      var example: String { names["mon"] == nil ? "JAN" : "MON" }
      guard halves.count <= 2, ends.count <= 2 else { throw fail("a value, a range, or either with a step") }
      var step = 1
      if halves.count == 2 {
        guard let number = Int(halves[1]), number >= 1, number <= range.upperBound else {
          throw fail("a step of 1 to \(range.upperBound)")
        }
        step = number
      }
      let bounds: ClosedRange<Int>
      if halves[0] == "*" || halves[0] == "?" {
        // 7 is another name of Sunday.
        bounds = range.upperBound == 7 ? 0...6 : range
      } else if ends.count == 2 {
        let (first, last) = (try value(ends[0]), try value(ends[1]))
        guard first <= last else { throw fail("a range that goes up") }
        bounds = first...last
      } else {
        let first = try value(halves[0])
        bounds =
          first...(halves.count == 2 ? max(first, range.upperBound == 7 ? 6 : range.upperBound) : first)
      }
      values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
    }
    return values.sorted()
  }
}

/// Why a text is no cron expression.
package struct CronError: Error, Equatable, CustomStringConvertible {
  /// What came and what was wanted.
  package var message: String

  package init(message: String) { self.message = message }

  package var description: String { message }
}
