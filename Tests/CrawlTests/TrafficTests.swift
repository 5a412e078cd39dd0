import Foundation
import Testing

@testable import Crawl

/// How long a crawl was made to wait.
@Suite
struct TrafficTests {
  private let begin = Date(timeIntervalSince1970: 1_000_000)

  private func at(_ second: Double) -> Date { begin.addingTimeInterval(second) }

  @Test func `pauses that follow one another are added`() {
    var pauses = Traffic.Pauses()
    pauses.add(from: at(0), to: at(10))
    pauses.add(from: at(20), to: at(25))
    #expect(pauses.count == 2)
    #expect(pauses.seconds(until: at(60)) == 15)
  }

  @Test func `a pause that becomes longer is one, and one within another is none`() {
    var pauses = Traffic.Pauses()
    pauses.add(from: at(0), to: at(10))
    pauses.add(from: at(4), to: at(30))
    pauses.add(from: at(5), to: at(8))
    #expect(pauses.count == 1)
    #expect(pauses.seconds(until: at(60)) == 30)
  }

  @Test func `what is still to come of a pause was not waited for`() {
    var pauses = Traffic.Pauses()
    pauses.add(from: at(0), to: at(300))
    #expect(pauses.seconds(until: at(12.5)) == 12.5)
    // A clock that was put back.
    #expect(pauses.seconds(until: at(-50)) == 0)
  }

  @Test func `without a pause nothing was waited for`() {
    #expect(Traffic.Pauses().count == 0)
    #expect(Traffic.Pauses().seconds(until: at(0)) == 0)
  }
}
