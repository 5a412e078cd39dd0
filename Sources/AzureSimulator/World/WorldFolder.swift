import Foundation

/// Reads `folder/{organization}/{project}/{repository}/...` and `folder/world.json` into a world.
struct WorldFolder {
  let folder: URL

  /// Everything the folder says, at one moment.
  func read() throws -> World {
    let file = try worldFile()
    return World(
      organizations: try folders(in: folder).map { organization in
        let said = file.organization(organization.lastPathComponent)
        return World.Organization(
          organization.lastPathComponent,
          tokens: (said?.tokens ?? [World.defaultToken]).map { World.Token($0) },
          tenant: said?.tenant,
          identities: said?.identities,
          projects: try folders(in: organization).map { project in
            World.Project(
              project.lastPathComponent,
              repositories: try folders(in: project).map { try repository($0, file) }
            )
          }
        )
      },
      identity: file.identity?.value ?? .standard
    )
  }

  private func worldFile() throws -> WorldFile {
    let address = folder.appending(path: "world.json")
    guard FileManager.default.fileExists(atPath: address.path) else { return WorldFile() }
    do {
      return try JSONDecoder().decode(WorldFile.self, from: Data(contentsOf: address))
    } catch {
      throw WorldFolderError(
        description:
          "\(address.path): expected {organizations: {..}, repositories: {..}, identity: {..}}, but: \(error)"
      )
    }
  }

  private func repository(_ folder: URL, _ file: WorldFile) throws -> World.Repository {
    let name = folder.lastPathComponent
    let project = folder.deletingLastPathComponent()
    let organization = project.deletingLastPathComponent().lastPathComponent
    let said = file.repository("\(organization)/\(project.lastPathComponent)/\(name)")
    let isEmpty = said?.empty ?? false
    return World.Repository(
      name,
      id: said?.id,
      defaultBranch: said?.defaultBranch ?? "main",
      files: isEmpty ? [:] : World.Files(try files(in: folder)),
      isDisabled: said?.disabled ?? false,
      isInMaintenance: said?.maintenance ?? false,
      forkOf: said?.forkOf,
      renamedFrom: said?.renamedFrom
    )
  }

  /// The files below a folder by their path from it, without `.git`.
  private func files(in folder: URL, _ prefix: String = "/") throws -> [String: World.File] {
    var found: [String: World.File] = [:]
    for entry in try entries(of: folder) {
      let path = prefix + entry.lastPathComponent
      let values = try entry.resourceValues(forKeys: [.isDirectoryKey, .isSymbolicLinkKey, .isExecutableKey])
      if values.isSymbolicLink == true {
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: entry.path)
        found[path] = World.File(bytes: target.utf8, mode: .symbolicLink)
      } else if values.isDirectory == true {
        found.merge(try files(in: entry, path + "/")) { first, _ in first }
      } else {
        let isExecutable = values.isExecutable == true
        found[path] = World.File(
          bytes: try Data(contentsOf: entry),
          mode: isExecutable ? .executable : .regular
        )
      }
    }
    return found
  }

  private func folders(in folder: URL) throws -> [URL] {
    try entries(of: folder).filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
  }

  /// What a folder holds, in name order, without `.git`.
  private func entries(of folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: folder,
      includingPropertiesForKeys: [.isDirectoryKey, .isSymbolicLinkKey]
    )
    .filter { $0.lastPathComponent != ".git" }
    .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }
}

/// Notices that a world's folder has changed, without reading its files.
final class FolderWatch: Sendable {
  private let folder: WorldFolder
  private let seen: Guarded<Seen>

  private struct Seen: Sendable {
    var marks: [String: Mark]
    /// When to look again.
    var next: ContinuousClock.Instant
  }

  /// What tells one state of a file from another.
  private struct Mark: Equatable, Sendable {
    let size: Int
    let modified: Double
    let inode: UInt64
  }

  private init(_ folder: WorldFolder, _ seen: Seen) {
    self.folder = folder
    self.seen = Guarded(seen)
  }

  static func open(_ address: URL) throws -> (FolderWatch, World) {
    let folder = WorldFolder(folder: address)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: address.path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else {
      throw WorldFolderError(description: "\(address.path): expected a folder with a world, found none")
    }
    let seen = look(at: address)
    return (FolderWatch(folder, seen), try folder.read())
  }

  /// Hands over the world when a file was added, changed or removed since the last look.
  ///
  /// Nothing happens when it is too early to look again. One caller at a time: worlds come in their order.
  func takeChanges(_ use: (World) -> Void) {
    seen.withLock { seen in
      guard ContinuousClock.now >= seen.next else { return }
      var found = Self.look(at: folder.folder)
      if found.marks != seen.marks {
        if let world = try? folder.read() {
          use(world)
        } else {
          // A file vanished while it was read: no state is known, so the next look reads again.
          found.marks = [:]
        }
      }
      seen = found
    }
  }

  /// Makes the next call of ``takeChanges(_:)`` look, however soon it comes.
  func lookAgain() {
    seen.withLock { $0.next = .now }
  }

  /// Marks every file.
  ///
  /// At most a tenth of the time is spent on looking: a large folder is looked at rarely.
  private static func look(at folder: URL) -> Seen {
    let begin = ContinuousClock.now
    var marks: [String: Mark] = [:]
    let paths = FileManager.default.enumerator(atPath: folder.path)
    while let path = paths?.nextObject() as? String {
      if path == ".git" || path.hasSuffix("/.git") {
        paths?.skipDescendants()
        continue
      }
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appending(path: path).path)
      let isFolder = attributes?[.type] as? FileAttributeType == .typeDirectory
      marks[path] = Mark(
        size: isFolder ? 0 : attributes?[.size] as? Int ?? 0,
        modified: isFolder ? 0 : (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0,
        inode: (attributes?[.systemFileNumber] as? UInt64) ?? 0
      )
    }
    let end = ContinuousClock.now
    return Seen(marks: marks, next: end + (end - begin) * 10)
  }
}
