import Foundation

/// What `world.json` says about a folder of repositories.
///
/// Every part may be absent.
struct WorldFile: Decodable, Sendable {
  var organizations: [String: Organization] = [:]
  /// By `organization/project/repository`.
  var repositories: [String: Repository] = [:]
  var identity: Identity?

  struct Organization: Decodable, Sendable {
    var tokens: [String]?
    var tenant: String?
    var identities: [String]?
  }

  struct Repository: Decodable, Sendable {
    var id: String?
    var disabled: Bool?
    var empty: Bool?
    var forkOf: String?
    var maintenance: Bool?
    var renamedFrom: String?
    var defaultBranch: String?
  }

  private enum CodingKeys: CodingKey {
    case organizations
    case repositories
    case identity
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    organizations = try values.decodeIfPresent([String: Organization].self, forKey: .organizations) ?? [:]
    repositories = try values.decodeIfPresent([String: Repository].self, forKey: .repositories) ?? [:]
    identity = try values.decodeIfPresent(Identity.self, forKey: .identity)
  }

  /// What the file says about a repository.
  ///
  /// Names are compared without regard to case.
  func repository(_ path: String) -> Repository? {
    repositories[path] ?? repositories.first { $0.key.lowercased() == path.lowercased() }?.value
  }

  func organization(_ name: String) -> Organization? {
    organizations[name] ?? organizations.first { $0.key.lowercased() == name.lowercased() }?.value
  }
}

/// Why a folder cannot be served.
struct WorldFolderError: Error, CustomStringConvertible {
  let description: String
}
