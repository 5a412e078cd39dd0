/// Names repositories in `crawler.include` and `crawler.exclude`.
///
/// Written `REPOSITORY`, `PROJECT/REPOSITORY` or `ORGANIZATION/PROJECT/REPOSITORY`, or as an object with
/// the keys `organization`, `project` and `repository`; what is left out matches everything.
package struct RepositorySelector: Sendable, Equatable {
  package var organization: NamePattern
  package var project: NamePattern
  package var repository: NamePattern

  package init(
    organization: NamePattern = .any,
    project: NamePattern = .any,
    repository: NamePattern = .any
  ) {
    self.organization = organization
    self.project = project
    self.repository = repository
  }

  /// Reads the text form; the organization is all that stands before the last two parts, since an
  /// on-premises one may have a slash.
  init(text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    repository = NamePattern(parts.last ?? "*")
    project = parts.count > 1 ? NamePattern(parts[parts.count - 2]) : .any
    organization = parts.count > 2 ? NamePattern(parts.dropLast(2).joined(separator: "/")) : .any
  }

  /// Whether the repository is meant.
  package func matches(organization: String, project: String, repository: String) -> Bool {
    self.repository.matches(repository) && self.project.matches(project)
      && self.organization.matches(organization)
  }
}
