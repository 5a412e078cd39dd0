import Testing

@testable import CatalogServer

@Suite("Differences of documents")
struct TextDifferenceTests {
  private func lines(_ difference: TextDifference?) -> [String] {
    difference?.lines.map { $0.sign.rawValue + $0.text } ?? ["nil"]
  }

  @Test("a changed line is shown with what stands around it")
  func changed() {
    let before = "a\nb\nc\nd\ne\nf\ng"
    let after = "a\nb\nc\nD\ne\nf\ng"
    #expect(
      lines(TextDifference(from: before, to: after)) == [" b", " c", "-d", "+D", " e", " f"]
    )
  }

  @Test("what is far apart has a gap between")
  func gap() {
    let before = (1...9).map(String.init).joined(separator: "\n")
    let after = before.replacing("1", with: "one").replacing("9", with: "nine")
    #expect(
      lines(TextDifference(from: before, to: after, context: 1))
        == ["-1", "+one", " 2", "…", " 8", "-9", "+nine"]
    )
  }

  @Test("the same text has no difference")
  func same() { #expect(TextDifference(from: "a\nb", to: "a\nb")?.lines == []) }

  @Test("many lines are cut, very many not compared")
  func limits() {
    let many = (1...100).map(String.init).joined(separator: "\n")
    let difference = TextDifference(from: "", to: many, limit: 10)
    #expect(difference?.lines.count == 10)
    #expect(difference?.isCut == true)
    #expect(TextDifference(from: "", to: String(repeating: "x\n", count: 501)) == nil)
  }
}
