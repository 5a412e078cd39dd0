import Testing

@testable import Settings

@Suite struct DurationTextTests {
  @Test(
    arguments: [
      ("PT30S", .seconds(30)), ("PT1H30M", .seconds(5400)), ("P1D", .seconds(86_400)),
      ("P1DT1S", .seconds(86_401)),
      ("P2W", .seconds(1_209_600)), ("P1Y", .seconds(31_536_000)), ("P1M", .seconds(2_592_000)),
      ("PT1M", .seconds(60)), ("PT0.5S", .milliseconds(500)), ("pt5m", .seconds(300)),
      ("30s", .seconds(30)), ("5 minutes", .seconds(300)), ("1 minute", .seconds(60)),
      ("250ms", .milliseconds(250)),
      ("1.5 h", .seconds(5400)), ("2 Days", .seconds(172_800)), ("1w", .seconds(604_800)),
      (" 10 sec ", .seconds(10)),
      ("0s", .zero),
    ] as [(String, Duration)]
  )
  func `a duration is ISO 8601 or a number with a unit`(text: String, duration: Duration) {
    #expect(DurationText.duration(text) == duration)
  }

  @Test(arguments: [
    "", "5", "s", "soon", "5 parsecs", "-5s", "P", "PT", "P1S", "PT1D", "PT1M1H", "PT1S1S", "1h30m", "1..5s",
    ".s",
    "9999999999999s", "PT1", "٣s",
  ])
  func `anything else is no duration`(text: String) {
    #expect(DurationText.duration(text) == nil)
  }
}
