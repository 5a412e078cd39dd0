/// The version of the API a request asks for (facts/azure-devops-api.md 1.2).
struct APIVersion: Sendable, Equatable {
  /// As it is echoed in `Content-Type`.
  let text: String

  /// The newest version without `-preview`, and what a GET without a version gets.
  private static let released = (major: 7, minor: 1)
  /// The newest version of all; with `-preview` only.
  private static let newest = (major: 7, minor: 2)

  enum Maturity {
    case released
    /// Every version needs `-preview`.
    case preview
  }

  /// Reads the version from the query or from `Accept`.
  /// - Throws: the four version errors of facts/azure-devops-api.md 1.2 and 6.
  init(of request: SimulatorRequest, resource: Maturity = .released) throws(ServiceError) {
    guard let asked = request.query.value("api-version") ?? Self.parameter(of: request.header("accept"))
    else {
      guard request.method == "GET" || request.method == "HEAD" else {
        throw .versionNotSpecified(request.method)
      }
      text = resource == .released ? "7.1" : "7.2-preview.1"
      return
    }
    let parts = asked.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(numbers.count), let major = numbers[0],
      let minor = numbers.count > 1 ? numbers[1] : 0
    else { throw .badArgument("api-version", asked) }
    let isPreview = parts.count > 1 && parts[1].lowercased().hasPrefix("preview")
    if (major, minor) > Self.newest {
      throw .versionOutOfRange("\(parts[0])", highest: "\(Self.newest.major).\(Self.newest.minor)")
    }
    if !isPreview, resource == .preview || (major, minor) > Self.released {
      throw .versionIsPreview("\(parts[0])")
    }
    text = isPreview && !parts[1].contains(".") ? "\(asked).1" : asked
  }

  /// The `api-version` parameter of an Accept header.
  private static func parameter(of accept: String?) -> String? {
    guard let accept else { return nil }
    for part in accept.split(whereSeparator: { $0 == ";" || $0 == "," }) {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].drop(while: { $0 == " " }).lowercased() == "api-version" else {
        continue
      }
      return pair[1].split(separator: " ").first.map(String.init)
    }
    return nil
  }
}
