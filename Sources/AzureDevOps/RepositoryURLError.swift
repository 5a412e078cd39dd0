/// Why a text is not the address of a repository, or not one that can be read.
package enum RepositoryURLError: Error, Equatable, CustomStringConvertible {
  /// The text has no `http` or `https` with a host behind it.
  case notAURL(String)
  /// It is a URL, but its path names no repository.
  case notARepository(String)
  /// It names a repository, but a `%` in it has no two hexadecimal digits behind it, or what is escaped is
  /// not UTF-8.
  case malformedEscape(String)
  /// The text of the `version` parameter.
  case unknownVersion(String)
  /// The path has `..` in it, perhaps escaped, perhaps several times over.
  case climbingPath(String)
  /// It names the repository as a whole or a folder where a file is wanted.
  case noFile(String)

  package var description: String {
    switch self {
    case .notAURL(let text): "'\(Self.safe(text))' is not a URL; expected one such as \(Self.example)"
    case .notARepository(let text):
      "'\(Self.safe(text))' is not the address of a git repository in Azure DevOps; expected one such as \(Self.example)"
    case .malformedEscape(let text):
      "'\(Self.safe(text))' has a '%' that escapes nothing, in its path or its query; write a percent sign as %25"
    case .unknownVersion(let version):
      "the version '\(version)' in the URL must begin with GB (branch), GT (tag) or GC (commit)"
    case .climbingPath(let text): "the path in '\(Self.safe(text))' must not have '..' in it"
    case .noFile(let text):
      "'\(Self.safe(text))' names no file; expected one such as \(Self.example)"
    }
  }

  /// A text without user information and query, where secrets stand: clone addresses have tokens in them.
  private static func safe(_ text: String) -> String {
    // Bytes, since a mark that follows a sign would make another character of it.
    let text = text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
    let start = text.firstRange(of: "://".utf8)?.upperBound ?? text.startIndex
    let authority = text[start...].prefix { $0 != UInt8(ascii: "/") }
    guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return String(Substring(text)) }
    return String(Substring(text[..<start])) + String(Substring(text[at...].dropFirst()))
  }

  private static let example = "https://dev.azure.com/contoso/Payments/_git/api?path=/catalog-info.yaml"
}
