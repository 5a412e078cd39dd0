import Testing

@testable import Crawl

/// Up to which repository all visits are made, in whatever order they end.
struct VisitMarkTests {
  @Test func `the mark stands before the first repository that has a visit under way`() {
    var mark = VisitMark()
    for repository in [1, 2, 2, 3] as [Int64] { mark.plan(repository) }
    #expect(mark.value == 0)
    mark.endPlanning(through: 4)
    #expect(mark.value == 0)
    _ = mark.end(3)
    _ = mark.end(1)
    #expect(mark.value == 1)
    _ = mark.end(2)
    #expect(mark.value == 1, "the repository has two visits")
    _ = mark.end(2)
    #expect(mark.value == 4, "the last one has none")
  }

  @Test func `it does not pass what is not planned yet`() {
    var mark = VisitMark()
    mark.plan(5)
    _ = mark.end(5)
    #expect(mark.value == 0)
    mark.endPlanning(through: 5)
    #expect(mark.value == 5)
  }

  @Test func `it is stored after 500 visits at the latest`() {
    var mark = VisitMark()
    var due: [Int] = []
    for number in 1...1_200 {
      mark.plan(1)
      if mark.end(1) {
        due.append(number)
        _ = mark.take()
      }
    }
    #expect(due == [500, 1_000])
  }
}
