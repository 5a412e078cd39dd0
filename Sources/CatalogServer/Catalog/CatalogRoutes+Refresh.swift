import Catalog
import CatalogStore
import Crawl
import Hummingbird
import Settings
import YAML

extension CatalogRoutes {
  /// Has the file of an entity read anew; with `wait` the answer comes when that is done.
  func refresh(_ call: CatalogCall) async throws -> Response {
    let isWaiting = try call.query.flag("wait")
    let body = try await call.object(["entityRef", "authorizationToken"])
    guard let text = body["entityRef"]?.string else { throw APIError.input("expected entityRef, a string") }
    guard let ref = try? EntityRef(text), let source = try await reader.source(of: ref) else {
      throw APIError.notFound("no entity '\(text.prefix(200))' found")
    }
    guard isInScope(source) else {
      throw APIError.notAllowed(
        "\(source.host)/\(source.organization), where \(ref) was read, is not among the configured organizations"
      )
    }
    let who = call.context.caller.map { ", token \($0.name)" } ?? ""
    let request = try await parts.commands.submit(
      .refresh(Self.limits(of: source)),
      reason: "api: refresh of \(ref)\(who)"
    )
    guard isWaiting else { return Response(status: .ok) }
    let answer: CrawlReport?
    do {
      answer = try await parts.commands.report(of: request)
    } catch is RequestFailure {
      // What it says may name what is of this machine.
      throw APIError.unavailable("there was no refresh; /api/crawler/requests/\(request) says why")
    }
    guard let report = answer else {
      throw APIError.unavailable("the refresh was given up; try again")
    }
    let counts = report.totals
    return .json(
      """
      {"crawl":\(report.crawl),"outcome":\(JSONText.string(report.outcome.rawValue)),\
      "filesAsked":\(counts.filesAsked),"filesFailed":\(counts.filesFailed),\
      "filesChanged":\(counts.filesChanged),"entitiesAdded":\(counts.entitiesAdded),\
      "entitiesChanged":\(counts.entitiesChanged),"entitiesRemoved":\(counts.entitiesRemoved)}
      """
    )
  }

  static func limits(of source: EntitySource) -> CrawlLimits {
    CrawlLimits(
      host: source.host,
      organization: source.organization,
      project: source.project,
      repository: source.repository,
      path: source.path,
      branch: source.branch
    )
  }

  /// Whether a file is in an organization of the settings: nothing else is ever asked.
  func isInScope(_ source: EntitySource) -> Bool {
    let name = source.organization.lowercased()
    // Two addresses of one organization (facts/azure-devops-api.md 1.1).
    let services = [AzureHost.services, "\(name).visualstudio.com"]
    return parts.settings().scope.contains { organization in
      let (host, other) = (organization.host.lowercased(), source.host.lowercased())
      return organization.name.lowercased() == name
        && (host == other || services.contains(host) && services.contains(other))
    }
  }
}
