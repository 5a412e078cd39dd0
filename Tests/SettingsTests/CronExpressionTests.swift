import Settings
import Testing

/// What stands in the fields of a cron expression (crontab(5); facts/backstage-azure.md 5.1).
struct CronExpressionTests {
  @Test(arguments: [
    // Five fields begin with the minutes.
    ("5 4 * * *", [0], [5], [4]),
    // Six with the seconds.
    ("30 5 4 * * *", [30], [5], [4]),
    // Lists, ranges, steps.
    ("0,30 9-11 * * *", [0], [0, 30], [9, 10, 11]),
    ("*/20 8-18/5 * * *", [0], [0, 20, 40], [8, 13, 18]),
    ("50/4 0 * * ?", [0], [50, 54, 58], [0]),
  ])
  func `fields are values, lists, ranges and steps`(
    text: String,
    seconds: [Int],
    minutes: [Int],
    hours: [Int]
  ) throws {
    let cron = try CronExpression(text)

    #expect(cron.seconds == seconds)
    #expect(cron.minutes == minutes)
    #expect(cron.hours == hours)
  }

  @Test func `months and days have names, and Sunday is 0 and 7`() throws {
    let cron = try CronExpression("0 0 * jan,MAR-may mon-FRI")

    #expect(cron.months == [1, 3, 4, 5])
    #expect(cron.weekdays == [1, 2, 3, 4, 5])
    #expect(try CronExpression("0 0 * * 7").weekdays == [0])
    #expect(try CronExpression("0 0 * * 5-7").weekdays == [5, 6, 0])
  }

  @Test(arguments: [
    // Both restricted: one of them is enough.
    ("0 0 13 * 5", 13, 1, true), ("0 0 13 * 5", 12, 5, true), ("0 0 13 * 5", 12, 4, false),
    // One restricted: it decides.
    ("0 0 13 * *", 13, 1, true), ("0 0 13 * *", 12, 5, false), ("0 0 ? * 5", 12, 5, true),
    ("0 0 * * 5", 13, 1, false),
  ])
  func `days of the month and of the week`(text: String, day: Int, weekday: Int, fits: Bool) throws {
    #expect(try CronExpression(text).fits(month: 6, day: day, weekday: weekday) == fits)
  }

  @Test(arguments: [
    ("* * * *", "got 4 fields, wanted five, or six with seconds before them"),
    ("60 * * * *", "got '60' for the minutes, wanted 0 to 59"),
    ("* 24 * * *", "got '24' for the hours, wanted 0 to 23"),
    ("* * 0 * *", "got '0' for the days of the month, wanted 1 to 31"),
    ("* * * foo *", "got 'foo' for the months, wanted 1 to 12, or a name like JAN"),
    ("* * * * 8", "got '8' for the days of the week, wanted 0 to 7, or a name like MON"),
    ("9-5 * * * *", "got '9-5' for the minutes, wanted a range that goes up"),
    ("*/0 * * * *", "got '*/0' for the minutes, wanted a step of 1 to 59"),
    ("1,,2 * * * *", "got '' for the minutes, wanted 0 to 59"),
    ("0 0 31 2,4 *", "no month has such a day"),
  ])
  func `what is none says why`(text: String, message: String) {
    #expect(throws: CronError(message: message)) { try CronExpression(text) }
  }
}
