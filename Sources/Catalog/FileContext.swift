/// What a catalog file needs to be judged that does not stand in it: where it is, where its chain began, and
/// what its relative texts point to.
package struct FileContext: Sendable {
  /// An address that a text in the file stands for, or a sentence why it stands for none.
  package typealias Resolve = @Sendable (_ text: String, _ base: String) -> Result<FileAddress, TargetFault>

  /// Why a text in a file is not the address of another file.
  package struct TargetFault: Error, Sendable, Equatable {
    /// A short stable word for machines.
    package var rule: String
    /// A sentence for people.
    package var message: String

    package init(rule: String, message: String) {
      self.rule = rule
      self.message = message
    }
  }

  /// The file's own address, one spelling for each file: a URL, or an absolute path.
  package var address: String
  /// The type of the location that the file was read for.
  package var type: LocationType
  /// Where the chain of locations that led here began, as `type:target`.
  package var origin: String
  /// What the catalog says of the entities of the file besides what they say themselves; nil for none, as
  /// for a file that is only looked at.
  package var annotations: FileAnnotations?
  /// Turns a relative text into an address; pure.
  package var resolve: Resolve
  /// Why an entity of this kind and `spec.type` may not stand here; nil when it may.
  package var denial: @Sendable (_ kind: String, _ type: String?) -> String?

  package init(
    address: String,
    type: LocationType,
    origin: String? = nil,
    annotations: FileAnnotations? = nil,
    resolve: @escaping Resolve,
    denial: @escaping @Sendable (_ kind: String, _ type: String?) -> String? = { _, _ in nil }
  ) {
    self.address = address
    self.type = type
    self.origin = origin ?? "\(type.rawValue):\(address)"
    self.annotations = annotations
    self.resolve = resolve
    self.denial = denial
  }

  /// `type:target` of the file.
  package var location: String { "\(type.rawValue):\(address)" }
}

/// Where a file is, or the files that match a pattern.
package struct FileAddress: Sendable, Equatable {
  /// One spelling for each file: a URL, or an absolute path of this machine.
  package var text: String
  /// The host and the organization that have it; `file` and `local` for a file of this machine.
  package var host: String
  package var organization: String

  package init(text: String, host: String, organization: String) {
    self.text = text
    self.host = host
    self.organization = organization
  }

  /// A file of this machine.
  package static func local(_ path: String) -> FileAddress {
    FileAddress(text: path, host: "file", organization: "local")
  }
}

/// How a location is read (facts/backstage-catalog.md 4).
package enum LocationType: String, Sendable {
  /// A file of a repository, or several, by a URL.
  case url
  /// A file on this machine.
  case file
}

/// What the catalog tells of an entity by annotations (facts/backstage-catalog.md 5.1, 5.2).
package struct FileAnnotations: Sendable, Equatable {
  /// The file as a browser shows it; nil for a file on this machine.
  package var viewURL: String?
  /// The folder of the file, `url:` before it.
  package var sourceLocation: String?
  /// `PROJECT/REPOSITORY` in Azure DevOps.
  package var projectRepository: String?
  /// `HOST/ORGANIZATION` in Azure DevOps.
  package var hostOrganization: String?

  package init(
    viewURL: String? = nil,
    sourceLocation: String? = nil,
    projectRepository: String? = nil,
    hostOrganization: String? = nil
  ) {
    self.viewURL = viewURL
    self.sourceLocation = sourceLocation
    self.projectRepository = projectRepository
    self.hostOrganization = hostOrganization
  }
}
