import Reporting
import Testing

/// The line that shows how far a crawl is.
struct ProgressLineTests {
  private let line = ProgressLine(done: 150, total: 600, seconds: 10)

  @Test(arguments: [
    (100, "[#######.......................] 150 of 600 repositories, 15/s, 30 s left"),
    (60, "[####............] 150 of 600 repositories, 15/s, 30 s left"),
    (50, "150 of 600 repositories, 15/s, 30 s left"),
    (40, "150 of 600, 15/s, 30 s left"),
    (24, "150 of 600, 30 s left"),
    (12, "150 of 600"),
    (5, "150 "),
  ])
  func `a narrow terminal shows what matters most`(width: Int, expected: String) {
    #expect(line.text(width: width) == expected)
    #expect(line.text(width: width).count < width)
  }

  @Test func `who is waited for is told, the longest by name`() {
    var line = line
    line.pauses = [.init(organization: "contoso", seconds: 12)]
    #expect(line.text(width: 200).hasSuffix("30 s left; contoso paused 12 s"))

    line.pauses.append(.init(organization: "fabrikam", seconds: 40))
    #expect(line.text(width: 200).hasSuffix("; fabrikam and 1 more paused 40 s"))
    #expect(line.text(width: 40) == "150 of 600, 30 s left" || line.text(width: 40).count < 40)
  }

  @Test(arguments: [
    (1, 1000, 1.0, "1 of 1000 repositories, 1/s"),
    (0, 0, 0.1, "0 of 0 repositories"),
    (100, 7300, 100.0, "100 of 7300 repositories, 1/s, 2 h 0 min left"),
    (100, 400, 100.0, "100 of 400 repositories, 1/s, 5 min left"),
    (400, 400, 100.0, "400 of 400 repositories, 4/s"),
  ])
  func `the time that is left is told as soon as it can be`(
    done: Int,
    total: Int,
    seconds: Double,
    expected: String
  ) {
    #expect(ProgressLine(done: done, total: total, seconds: seconds).text(width: 200).hasSuffix(expected))
  }
}
