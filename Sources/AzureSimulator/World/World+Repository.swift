extension World {
  /// One git repository.
  package struct Repository: Sendable, Equatable {
    package var name: String
    /// The id, as a GUID's text; nil: derived from the names of organization, project and repository.
    package var id: String?
    /// The short name of the default branch.
    ///
    /// It may name a branch that does not exist.
    package var defaultBranch: String
    /// The files at the head of each branch, by short branch name.
    ///
    /// No branch: the repository is empty.
    package var branches: [String: Files]
    /// The files each lightweight tag stands for, by short tag name.
    package var tags: [String: Files]
    /// Listed with `isDisabled`, and 404 for everything else.
    package var isDisabled: Bool
    /// Listed with `isInMaintenance`, and 503 for everything else.
    package var isInMaintenance: Bool
    /// `project/repository` of the repository this one was forked from; nil: not a fork.
    package var forkOf: String?
    /// The name this repository had before: its id is derived from that name, and the old name answers 404.
    ///
    /// Nil: never renamed.
    package var renamedFrom: String?
    /// What the list says about the stored bytes; nil: the sum of the files' sizes.
    package var size: Int?
    package var access: Access
    /// Branches that Code Search indexes besides the default branch, by short name.
    package var searchableBranches: [String] = []

    /// A repository whose default branch holds `files`; without files and branches it is empty.
    package init(
      _ name: String,
      id: String? = nil,
      defaultBranch: String = "main",
      files: Files = [:],
      branches: [String: Files] = [:],
      tags: [String: Files] = [:],
      isDisabled: Bool = false,
      isInMaintenance: Bool = false,
      forkOf: String? = nil,
      renamedFrom: String? = nil,
      size: Int? = nil,
      access: Access = .readable
    ) {
      self.name = name
      self.id = id
      self.defaultBranch = defaultBranch
      self.branches = branches
      if !files.isEmpty { self.branches[defaultBranch] = files }
      self.tags = tags
      self.isDisabled = isDisabled
      self.isInMaintenance = isInMaintenance
      self.forkOf = forkOf
      self.renamedFrom = renamedFrom
      self.size = size
      self.access = access
    }

    /// The files of the default branch; setting an empty value removes the branch.
    package var files: Files {
      get { branches[defaultBranch] ?? [:] }
      set { branches[defaultBranch] = newValue.isEmpty ? nil : newValue }
    }

    /// What the caller may see of a repository (facts/azure-devops-api.md 5.2, "no Read on a repository").
    package enum Access: Sendable, Equatable {
      case readable
      /// Not listed; asked for, it answers.
      case unlisted
      /// Not listed; asked for, it answers 403 TF401027.
      case denied
      /// Not listed; asked for, it answers 404 TF401019 as if it did not exist.
      case invisible
    }
  }

  /// The files of one branch at one moment: path to content.
  package struct Files: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var source: Source

    private enum Source: Sendable, Equatable {
      case written([String: File])
      case generated(GeneratedFiles)
    }

    package init(_ files: [String: File] = [:]) {
      source = .written(Dictionary(uniqueKeysWithValues: files.map { (Self.rooted($0), $1) }))
    }

    package init(dictionaryLiteral elements: (String, File)...) {
      self.init(Dictionary(elements) { _, last in last })
    }

    init(_ generated: GeneratedFiles) {
      source = .generated(generated)
    }

    /// The file at a path, with or without a leading slash; nil where there is none, and to remove it.
    package subscript(path: String) -> File? {
      get { all[Self.rooted(path)] }
      set {
        var files = all
        files[Self.rooted(path)] = newValue
        source = .written(files)
      }
    }

    /// Every file by its path, which starts with a slash.
    package var all: [String: File] {
      switch source {
      case .written(let files): files
      case .generated(let generated): generated.files
      }
    }

    package var isEmpty: Bool {
      switch source {
      case .written(let files): files.isEmpty
      case .generated: false
      }
    }

    /// The sum of the files' sizes in bytes; for generated files an estimate that is not computed from them.
    var byteCount: Int {
      switch source {
      case .written(let files): files.values.reduce(0) { $0 + $1.bytes.count }
      case .generated(let generated): generated.estimatedByteCount
      }
    }

    private static func rooted(_ path: String) -> String {
      path.utf8.first == UInt8(ascii: "/") ? path : "/" + path
    }
  }

  /// The content of one file.
  package struct File: Sendable, Equatable, ExpressibleByStringInterpolation {
    package var bytes: [UInt8]
    package var mode: Mode

    package init(bytes: some Sequence<UInt8>, mode: Mode = .regular) {
      self.bytes = Array(bytes)
      self.mode = mode
    }

    /// A text file in UTF-8.
    package init(stringLiteral text: String) {
      self.init(bytes: text.utf8)
    }

    /// What git calls the mode of a file.
    package enum Mode: String, Sendable {
      case regular = "100644"
      case executable = "100755"
      case symbolicLink = "120000"
    }
  }
}
