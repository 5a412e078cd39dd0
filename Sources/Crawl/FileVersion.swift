import AzureDevOps

/// The state of a repository that a file is read at, as the database writes it.
///
/// Nothing for the default branch; a branch's name, `tag:` and a tag's name, `commit:` and a commit's id. No name
/// in git has a colon.
enum FileVersion {
  static func text(_ version: RepositoryURL.Version?) -> String {
    switch version {
    case nil: ""
    case .branch(let name): name
    case .tag(let name): "tag:\(name)"
    case .commit(let id): "commit:\(id)"
    }
  }

  static func version(_ text: String) -> RepositoryURL.Version? {
    if text.isEmpty { return nil }
    for (prefix, make) in [("tag:", RepositoryURL.Version.tag), ("commit:", RepositoryURL.Version.commit)]
    where text.hasPrefix(prefix) {
      return make(String(text.dropFirst(prefix.count)))
    }
    return .branch(text)
  }
}
