package import AzureDevOps
package import Catalog
package import CatalogStore
package import Settings

/// Makes what the files of a crawl are judged with: what their relative texts point to, what may stand in
/// them, what the catalog says of them.
package struct FileContexts: Sendable {
  private let hosts: Set<String>
  package let localFiles: LocalFiles
  private let kindRules: KindRules

  /// - Throws: `KindRulesError` for a rule of the settings that cannot be used.
  package init(_ settings: CrawlerSettings) throws {
    hosts = Set(settings.integrations.map(\.host))
    localFiles = LocalFiles(roots: settings.crawler.fileRoots)
    kindRules = try KindRules(
      rules: settings.rules,
      locations: settings.locations,
      canonical: RepositoryURL.canonicalText
    )
  }

  /// Everything that decides besides the file itself, so that stored verdicts are made anew when it changes.
  var version: String {
    ([kindRules.version] + hosts.sorted() + localFiles.roots).joined(separator: "\n")
  }

  /// - Parameters:
  ///   - url: The address of a file of a repository.
  ///   - text: The same as a text.
  ///   - origin: What led to it.
  package func context(for url: RepositoryURL, text: String, origin: FileOrigin) -> FileContext {
    let permit = kindRules.permit(for: EntityOrigin(origin))
    return FileContext(
      address: text,
      type: .url,
      origin: origin.location,
      annotations: FileAnnotations(
        viewURL: text,
        sourceLocation: SourceLocation.text(ofFileAt: text),
        projectRepository: "\(url.project)/\(url.repository)",
        hostOrganization: "\(url.host)/\(url.organization)"
      ),
      resolve: { text, base in resolve(text, base) },
      denial: { permit.denial(kind: $0, specType: $1) }
    )
  }

  /// - Parameter path: Of a file of this machine.
  package func context(forLocal path: String, origin: FileOrigin) -> FileContext {
    let permit = kindRules.permit(for: EntityOrigin(origin))
    return FileContext(
      address: path,
      type: .file,
      origin: origin.location,
      annotations: FileAnnotations(),
      resolve: { text, base in resolve(text, base) },
      denial: { permit.denial(kind: $0, specType: $1) }
    )
  }

  /// What may stand in a file of an organization, wherever it is; nil when that depends on where it is.
  func permitAnywhere(_ settings: CrawlerSettings) -> KindPermit? {
    guard settings.rules?.allSatisfy({ $0.locations.isEmpty }) ?? true else { return nil }
    return kindRules.permit(for: .organization(url: ""))
  }

  /// What a text stands for in a file.
  ///
  /// - Parameter base: The address of the file.
  func resolve(_ text: String, _ base: String) -> Result<FileAddress, FileContext.TargetFault> {
    do throws(RepositoryURLError) {
      guard !base.hasPrefix("/") || text.contains("://") else {
        return localFiles.address(of: text, from: base)
      }
      let target: TargetAddress =
        base.hasPrefix("/")
        ? .repository(try RepositoryURL(text)) : try RepositoryURL(base).resolving(text)
      switch target {
      case .repository(let url): return address(of: url)
      case .other(let text): return .failure(.noAddress(text))
      }
    } catch {
      return .failure(.init(rule: "target-address", message: error.description))
    }
  }

  /// Why a stored target may not be read by the settings as they are now; nil when it may.
  func fault(of target: PendingTarget) -> FileContext.TargetFault? {
    target.type == .url ? fault(ofHost: target.address.host) : nil
  }

  private func fault(ofHost host: String) -> FileContext.TargetFault? {
    guard !hosts.contains(host.lowercased()) else { return nil }
    return .init(
      rule: "target-host",
      message: "the host \(host) is not configured: add it to integrations.azure to have it read"
    )
  }

  /// The address of a file in Azure DevOps under the host that the settings know it by.
  package func address(of url: RepositoryURL) -> Result<FileAddress, FileContext.TargetFault> {
    var url = url
    let isServices = AzureHost.visualStudioOrganization(of: url.host) != nil
    // Two addresses of one organization (facts/azure-devops-api.md 1.1).
    if isServices, !hosts.contains(url.host), hosts.contains(AzureHost.services) {
      url.host = AzureHost.services
    }
    if let fault = fault(ofHost: url.host) { return .failure(fault) }
    do throws(RepositoryURLError) {
      _ = try url.filePath()
    } catch {
      return .failure(.init(rule: "target-address", message: error.description))
    }
    return .success(FileAddress(text: url.text, host: url.host, organization: url.organization))
  }
}

extension FileContext.TargetFault {
  /// A URL that is none of a file in Azure DevOps.
  static func noAddress(_ text: String) -> FileContext.TargetFault {
    FileContext.TargetFault(
      rule: "target-address",
      message: "expected a path, or the address of a file in Azure DevOps, got '\(text.prefix(100))'"
    )
  }
}

extension EntityOrigin {
  init(_ origin: FileOrigin) {
    let parts = origin.location.split(separator: ":", maxSplits: 1).map(String.init)
    let target = parts.count == 2 ? parts[1] : origin.location
    switch origin.source {
    case .organization: self = .organization(url: target)
    case .registered: self = .registered(url: target)
    case .settings: self = .settings(type: parts[0], target: target)
    }
  }
}

extension KindPermit {
  /// Why an entity may not stand there; nil when it may.
  func denial(kind: String, specType: String?) -> String? {
    switch verdict(kind: kind, specType: specType) {
    case .allowed: nil
    case .denied(let reason): reason
    }
  }
}
