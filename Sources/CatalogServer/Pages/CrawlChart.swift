import CatalogStore
import Foundation

/// The last crawls as bars: how long each took, and how it ended.
enum CrawlChart {
  private static let barWidth = 14
  private static let step = 18
  private static let height = 64

  /// SVG; the page has the same as a table.
  ///
  /// - Parameter crawls: Newest first, as they come from the database.
  static func svg(_ crawls: [CrawlRecord]) -> String {
    let bars: [(CrawlRecord, Double)] = crawls.reversed().map { ($0, seconds($0)) }
    let longest = max(bars.map { $0.1 }.max() ?? 0, 0.001)
    let width = max(1, bars.count) * step
    var svg =
      "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
      + "viewBox=\"0 0 \(width) \(height)\" aria-hidden=\"true\">"
    for (index, (crawl, seconds)) in bars.enumerated() {
      let tall = max(4, Int((seconds / longest * Double(height - 4)).rounded()))
      let took = PageText.duration(from: crawl.startedAt, to: crawl.endedAt) ?? "not ended"
      svg += "<a href=\"/crawls/\(crawl.id)\" tabindex=\"-1\">"
      svg +=
        "<rect class=\"bar \(PageText.escaped(crawl.outcome))\" x=\"\(index * step)\" y=\"\(height - tall)\" "
      svg += "width=\"\(barWidth)\" height=\"\(tall)\" rx=\"2\"><title>"
      svg += PageText.escaped("\(crawl.command) \(crawl.id), \(crawl.outcome), \(took)")
      svg += "</title></rect></a>"
    }
    return svg + "</svg>"
  }

  private static func seconds(_ crawl: CrawlRecord) -> Double {
    guard let start = Timestamp.date(crawl.startedAt), let end = crawl.endedAt.flatMap(Timestamp.date) else {
      return 0
    }
    return max(0, end.timeIntervalSince(start))
  }
}
