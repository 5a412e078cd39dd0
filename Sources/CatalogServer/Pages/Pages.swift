import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird

/// The web pages: what people see of the catalog, made here, without a script where there is none.
package struct Pages: Sendable {
  let parts: ServerParts
  let templates: PageTemplates
  let assets = PageAssets()
  let census: CensusKeeper

  /// - Throws: What is wrong with a template.
  init(_ parts: ServerParts) throws {
    self.parts = parts
    templates = try PageTemplates()
    census = CensusKeeper(parts.database)
  }

  /// Adds the pages as the last routes: from here on a browser is told in HTML what went wrong, also where there is
  /// no route at all.
  static func add(_ parts: ServerParts, to router: Router<CatalogRequestContext>) {
    let pages: Pages
    do {
      pages = try Pages(parts)
    } catch {
      preconditionFailure("the embedded templates do not parse: \(error)")
    }
    router.add(middleware: PageFailures(pages: pages))
    func get(
      _ path: RouterPath,
      // Concurrent, so that it goes to the executor and does not stay where it is called.
      _ page: @escaping @concurrent @Sendable (Request, CatalogRequestContext) async throws -> Response
    ) {
      router.get(path) { request, context in
        try await withTaskExecutorPreference(WaitingExecutor.pages) {
          try await page(request, context)
        }
      }
    }
    get("/") { request, context in try await pages.overview(request, context) }
    get("catalog") { request, _ in try pages.catalog(request) }
    get("entities/:kind/:namespace/:name") { request, context in
      try pages.entity(request, context.parameters)
    }
    get("repositories") { request, _ in try pages.repositories(request) }
    get("problems") { request, _ in try await pages.problems(request) }
    get("crawls") { request, _ in try pages.crawls(request) }
    get("crawls/:id") { request, context in try pages.crawl(request, context.parameters) }
    router.post("refresh") { request, context in try await pages.refresh(request, context) }
    router.get("assets/:name") { request, context in
      try pages.assets.response(context.parameters.get("name") ?? "", request)
    }
  }

  /// The pages that the bar at the top leads to.
  enum Section: CaseIterable {
    case overview
    case catalog
    case repositories
    case problems
    case crawls

    var label: String { "\(self)".capitalized }
    var address: String { self == .overview ? "/" : "/\(self)" }
  }

  /// A page with everything around it.
  ///
  /// - Parameters:
  ///   - section: Where in the bar it is; nil for none.
  ///   - request: Nil where nothing was asked for that the page could tell of.
  func page(
    _ template: String,
    _ section: Section?,
    _ values: PageValues,
    _ request: Request? = nil
  ) -> String {
    var values = values
    var site: PageValues = [
      "style": assets.address("pages.css"), "script": assets.address("pages.js"),
      "icon": assets.address("icon.svg"),
      "pages": Section.allCases.map { item -> PageValues in
        ["label": item.label, "url": item.address, "current": item == section]
      },
    ]
    // That of the catalog has a larger form of its own.
    if template != "catalog" { site["search"] = ["value": ""] as PageValues }
    if let asked = request.flatMap({ FormFields($0.uri.query ?? "")["asked"] }), let id = Int64(asked) {
      site["asked"] = ["id": "\(id)"] as PageValues
    }
    values["site"] = site
    return templates.page(template, values)
  }
}

extension Pages {
  /// How large a page may be, in bytes.
  private static let heaviest = 95_000

  /// Makes a page with as many rows as are light enough: texts that are made to be heavy get a page with fewer.
  ///
  /// - Parameter make: Makes the page with so many rows, or with so much of everything.
  static func light(_ rows: [Int], _ make: (Int) throws -> String) rethrows -> Response {
    var page = ""
    for count in rows {
      page = try make(count)
      if page.utf8.count < heaviest { break }
    }
    return .html(page)
  }
}

// MARK: - What several pages show

extension Pages {
  func moment(_ text: String?) -> PageValues? { PageText.moment(text, now: parts.now()) }

  /// An entity as a link: `name` and `address`, where there is one; and `kind`.
  static func reference(_ ref: String, title: String? = nil) -> PageValues {
    var values: PageValues = ["name": PageText.shown(title ?? shortName(ref))]
    if let address = PageAddress.entity(ref) { values["address"] = address }
    values["kind"] = PageText.cut(String(ref.prefix { $0 != ":" }), 20)
    return values
  }

  /// A ref without its kind, and without the namespace `default`.
  static func shortName(_ ref: String) -> String {
    let name = ref.split(separator: ":", maxSplits: 1).last.map(String.init) ?? ref
    return name.hasPrefix("default/") ? String(name.dropFirst(8)) : name
  }

  /// An address of the database as a link; nil for one that a page does not lead to.
  static func source(_ address: String?) -> String? { address.flatMap { PageText.link(spelled($0)) } }

  /// Blanks in the names of projects and repositories as an address has them.
  private static func spelled(_ address: String) -> String { address.replacing(" ", with: "%20") }

  /// A line of a catalog file; nil where there is nothing in it to be seen.
  private static func line(_ text: String) -> String? {
    text.allSatisfy(\.isWhitespace) ? nil : PageText.cut(text, 200)
  }

  static func problem(_ problem: ListedProblem, now: Date) -> PageValues {
    let place = [problem.organization, problem.project, problem.repository].compactMap(\.self)
      .joined(separator: " / ")
    var values: PageValues = [
      "severity": problem.severity, "rule": PageText.cut(problem.rule, 60),
      "message": PageText.shown(problem.message, 400),
      "place": PageText.shown(place, 120),
    ]
    if let path = problem.path {
      let line = problem.line.map { ":\($0)" } ?? ""
      let column = problem.column.map { ":\($0)" } ?? ""
      values["file"] = PageText.shown(path + line + column, 120)
    }
    values["link"] = source(problem.link)
    values["text"] = problem.text.flatMap(line)
    values["keyPath"] = problem.keyPath.flatMap { $0.isEmpty ? nil : PageText.shown($0, 80) }
    values["entity"] = problem.ref.map { reference($0) }
    values["since"] = PageText.moment(problem.since, now: now)
    return values
  }
}
