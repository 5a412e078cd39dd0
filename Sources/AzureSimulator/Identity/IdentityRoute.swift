/// What a request to the sign-in host or to a managed identity endpoint asks for, by its path alone.
///
/// The paths of the sources that share one in reality have a first segment of their own here. None has the
/// segment `_apis`, so none hides an address of an organization.
enum IdentityRoute: Sendable, Equatable {
  case token(tenant: String)
  case discovery(tenant: String)
  case instanceDiscovery
  case source(Source)

  /// Where a managed identity's token comes from; the raw value is the name in counts and faults.
  enum Source: String, Sendable, CaseIterable {
    case imds
    case appService
    case azureML
    case arc
    case serviceFabric
    case cloudShell

    /// The path, in lower case.
    var path: String {
      switch self {
      case .imds: "/metadata/identity/oauth2/token"
      case .appService: "/msi/token"
      case .azureML: "/azureml/msi/token"
      case .arc: "/arc/metadata/identity/oauth2/token"
      case .serviceFabric: "/servicefabric/metadata/identity/oauth2/token"
      case .cloudShell: "/cloudshell/oauth2/token"
      }
    }
  }

  /// - Parameter path: as it was sent; nil for a path that belongs to an organization.
  init?(path: String) {
    // The cheap test first: nearly every request is for an organization.
    guard !path.utf8.contains(UInt8(ascii: "_")) else { return nil }
    let path = path.lowercased()
    if let source = Source.allCases.first(where: { $0.path == path }) {
      self = .source(source)
      return
    }
    let segments = path.split(separator: "/").map { PercentEncoding.decoded($0) }
    if segments == ["common", "discovery", "instance"] {
      self = .instanceDiscovery
    } else if segments.count == 4, Array(segments[1...]) == ["oauth2", "v2.0", "token"] {
      self = .token(tenant: segments[0])
    } else if segments.count == 4, Array(segments[1...]) == ["v2.0", ".well-known", "openid-configuration"] {
      self = .discovery(tenant: segments[0])
    } else {
      return nil
    }
  }

  /// The short name under which requests are counted and faults are set.
  var name: String {
    switch self {
    case .token: "token"
    case .discovery: "discovery"
    case .instanceDiscovery: "instanceDiscovery"
    case .source(let source): source.rawValue
    }
  }
}
