import Mustache

/// The templates of the pages, embedded in the program.
struct PageTemplates: Sendable {
  private let templates: MustacheLibrary

  /// - Throws: What is wrong with a template; a test sees to it that nothing is.
  init() throws {
    MustacheContentTypes.register(PageContent(), named: PageContent.name)
    var templates = MustacheLibrary()
    for (name, bytes) in Self.sources {
      // Every template, and every part of one, begins with how texts are escaped; what the library has by itself
      // lets through some of what `PageText.escaped` tells of.
      let text = "{{% CONTENT_TYPE:\(PageContent.name)}}\n" + String(decoding: bytes, as: UTF8.self)
      try templates.register(text, named: name)
    }
    self.templates = templates
  }

  /// A page; the empty text for a template that is not there.
  func page(_ name: String, _ values: PageValues) -> String {
    templates.render(values, withTemplate: name) ?? ""
  }

  static let sources: [(name: String, bytes: [UInt8])] = [
    ("catalog", PackageResources.catalog_mustache),
    ("crawl", PackageResources.crawl_mustache),
    ("crawls", PackageResources.crawls_mustache),
    ("crawltable", PackageResources.crawltable_mustache),
    ("entity", PackageResources.entity_mustache),
    ("failure", PackageResources.failure_mustache),
    ("layout", PackageResources.layout_mustache),
    ("live", PackageResources.live_mustache),
    ("moment", PackageResources.moment_mustache),
    ("overview", PackageResources.overview_mustache),
    ("pager", PackageResources.pager_mustache),
    ("problem", PackageResources.problem_mustache),
    ("problems", PackageResources.problems_mustache),
    ("refresh", PackageResources.refresh_mustache),
    ("repositories", PackageResources.repositories_mustache),
    ("shown", PackageResources.shown_mustache),
  ]
}

/// Texts in pages.
private struct PageContent: MustacheContentType {
  static let name = "CATALOG-PAGE"

  func escapeText(_ text: String) -> String { PageText.escaped(text) }
}
