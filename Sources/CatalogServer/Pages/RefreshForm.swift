import Crawl
import Foundation
import HTTPTypes
import Hummingbird

/// What a button asks to have read again; everything where all is nil.
struct RefreshTarget {
  var host: String?
  var organization: String?
  var project: String?
  var repository: String?

  init() {}

  /// The repository that an entity comes from.
  ///
  /// - Parameter columns: Those of `report_entities`.
  init(_ columns: [String: String]) {
    host = columns["host"]
    organization = columns["organization"]
    project = columns["project"]
    repository = columns["repository"]
  }

  init(_ fields: FormFields) {
    host = fields["host"]
    organization = fields["organization"]
    project = fields["project"]
    repository = fields["repository"]
  }

  private var fields: [(name: String, value: String?)] {
    [
      (name: "host", value: host), (name: "organization", value: organization),
      (name: "project", value: project), (name: "repository", value: repository),
    ]
  }

  /// How long a name may be, in bytes: those of Azure DevOps have 64 characters at most.
  private static let longestName = 600

  /// The form; nil for names that nothing in Azure DevOps can have.
  ///
  /// - Parameter back: The page that it leads back to.
  func values(label: String, back: String) -> PageValues? {
    guard fields.allSatisfy({ ($0.value ?? "").utf8.count <= Self.longestName }) else { return nil }
    var fields = self.fields
    fields.append((name: "back", value: back))
    return [
      "label": label,
      "fields": fields.compactMap { name, value in value.map { ["name": name, "value": $0] as PageValues } },
    ]
  }

  var isEverything: Bool { fields.allSatisfy { $0.value == nil } }

  /// What the crawler is asked for.
  var request: CrawlRequest {
    guard !isEverything else { return .sync }
    return .refresh(
      CrawlLimits(host: host, organization: organization, project: project, repository: repository)
    )
  }
}

extension Pages {
  private static let longestForm = 16_384

  /// `POST /refresh`: asks the crawler to read again what the form names, and leads back to where it was sent from.
  ///
  /// A page of somebody else cannot send it: it has to come from here. Who may ask for it is known before.
  func refresh(_ request: Request, _ context: CatalogRequestContext) async throws -> Response {
    guard request.originVerdict != .foreign else {
      throw APIError.notAllowed("This form has to be sent from a page of this service.")
    }
    let body = try await request.body.collect(upTo: Self.longestForm)
    let fields = FormFields(String(buffer: body))
    let target = RefreshTarget(fields)
    // Without an organization it is everything, or everything of a host.
    let scope: AccessScope = target.organization == nil ? .admin : .refresh
    if let caller = context.caller, !caller.scopes.contains(scope) {
      throw APIError.notAllowed("The token \(caller.name) lacks the scope \(scope.rawValue) that this needs.")
    }
    do {
      try await parts.service?.check(target.request)
    } catch let failure as RequestFailure {
      // What the catalog has of an organization stays for a while when the settings do not name it any more.
      throw APIError.input(failure.message)
    }
    let by = context.caller.map { "page: token \($0.name)" } ?? "page"
    let id = try await parts.commands.submit(target.request, reason: by)
    let back = fields["back"].flatMap { PageAddress.isOwn($0) ? $0 : nil } ?? "/crawls"
    return .seeOther(back + (back.contains("?") ? "&" : "?") + "asked=\(id)")
  }
}
