import CatalogStore
import Hummingbird

extension Pages {
  private static let crawlsPerPage = 40
  private static let changesOfCrawl = 100
  private static let partsOfCrawl = [200, 80, 20, 5]

  /// `/crawls`: what crawls did, newest first.
  func crawls(_ request: Request) throws -> Response {
    let before = FormFields(request.uri.query ?? "")["before"].flatMap { Int64($0) }
    let found = try parts.database.crawlPage(before: before, limit: Self.crawlsPerPage + 1)
    let shown = Array(found.prefix(Self.crawlsPerPage))
    var values: PageValues = [
      "crawls": shown.map { self.crawl($0) }, "chart": CrawlChart.svg(shown), "none": shown.isEmpty,
    ]
    values["refresh"] = RefreshTarget().values(label: "Crawl everything now", back: "/crawls")
    if before == nil { values["running"] = running(shown.first, request) }
    if found.count > shown.count, let last = shown.last { values["next"] = "/crawls?before=\(last.id)" }
    if before != nil { values["first"] = "/crawls" }
    return .html(page("crawls", .crawls, values, request))
  }

  /// What the script fills in while a crawl runs, or is about to because somebody asked for it.
  ///
  /// It is hidden until something is known. Nil where nothing is to be seen.
  private func running(_ crawl: CrawlRecord?, _ request: Request) -> PageValues? {
    if let crawl, crawl.outcome == "running" { return ["id": "\(crawl.id)"] }
    return FormFields(request.uri.query ?? "")["asked"] == nil ? nil : ["id": ""]
  }

  /// `/crawls/ID`: one crawl, by organization, and what it changed.
  func crawl(_ request: Request, _ parameters: Parameters) throws -> Response {
    guard
      let id = parameters.get("id").flatMap({ Int64($0) }), id > 0,
      let found = try parts.database.crawl(id)
    else { throw HTTPError(.notFound, message: "There is no such crawl; old ones are forgotten.") }
    let crawl = found.crawl
    let changes = try parts.database.changes(ofCrawl: id, limit: Self.changesOfCrawl)
    var values = self.crawl(crawl)
    values["ended"] = moment(crawl.endedAt)
    values["isRunning"] = crawl.outcome == "running"
    if crawl.totals.pauses > 0 {
      let count = crawl.totals.pauses
      values["pauses"] = "\(count == 1 ? "once" : "\(count) times"), \(Self.paused(crawl.totals))"
    }
    var page: PageValues = [
      "crawl": values,
      "changes": changes.map { change -> PageValues in
        ["change": change.kind, "entity": Self.reference(change.name)]
      },
      "hasChanges": !changes.isEmpty, "isCut": changes.count == Self.changesOfCrawl,
    ]
    page["running"] = crawl.outcome == "running" ? running(crawl, request) : nil
    return Self.light(Self.partsOfCrawl) { count in
      page["parts"] = found.parts.prefix(count).map { part($0) }
      page["more"] = found.parts.count > count ? PageText.number(found.parts.count - count) : nil
      return self.page("crawl", .crawls, page, request)
    }
  }

  private func part(_ part: CrawlPart) -> PageValues {
    let counts = part.counts
    var values: PageValues = [
      "name": PageText.shown(part.organization), "host": part.host,
      "took": PageText.duration(from: part.startedAt, to: part.endedAt) ?? "—",
      "requests": PageText.number(counts.requests), "paused": Self.paused(counts),
      "listed": PageText.number(counts.repositoriesListed),
      "asked": PageText.number(counts.filesAsked), "failed": PageText.number(counts.filesFailed),
      "found": PageText.number(counts.filesFound), "filesChanged": PageText.number(counts.filesChanged),
      "added": PageText.number(counts.entitiesAdded), "changed": PageText.number(counts.entitiesChanged),
      "removed": PageText.number(counts.entitiesRemoved),
    ]
    values["failure"] = part.failure.map { PageText.shown($0, 400) }
    return values
  }
}
