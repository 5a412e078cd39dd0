import Foundation

/// Finds and reads the files to validate.
package struct ValidationInput: Sendable {
  /// A file to validate, or what was named and cannot be.
  package enum Item: Sendable, Equatable {
    case standardInput
    case file(path: String)
    case unreadable(path: String, reason: String)

    /// What the report calls it.
    package var path: String {
      switch self {
      case .standardInput: ValidationInput.standardInputPath
      case .file(let path), .unreadable(let path, _): path
      }
    }
  }

  /// What the report calls the standard input.
  package static let standardInputPath = "<stdin>"
  /// The names of catalog files, for a folder that is searched.
  package static let defaultNames = ["catalog-info.yaml", "catalog-info.yml"]
  /// Folders that hold other people's files; hidden ones are skipped too.
  private static let skippedFolders = ["node_modules"]

  private let patterns: [String]
  private let excludedFolders: Set<String>

  /// - Parameters:
  ///   - patterns: File names to look for in folders, with `*`, `?` and `[...]` as in a shell; empty for
  ///     `catalog-info.yaml` and `catalog-info.yml`.
  ///   - excludedFolders: Names of folders that are not searched, besides hidden ones and `node_modules`.
  package init(patterns: [String] = [], excludedFolders: [String] = []) {
    self.patterns = patterns.isEmpty ? Self.defaultNames : patterns
    self.excludedFolders = Set(Self.skippedFolders + excludedFolders)
  }

  /// The files that arguments stand for, each once, in the order of their paths' bytes.
  ///
  /// A folder stands for the files of the wanted names at any depth in it. Symbolic links within a folder are
  /// not followed, as in a crawl: git keeps a link as a text of its own. One that is named itself is.
  ///
  /// - Parameter arguments: Files, folders, or `-` for the standard input.
  package func items(for arguments: [String]) -> [Item] {
    var items: [String: Item] = [:]
    for argument in arguments {
      guard argument != "-" else {
        items[Self.standardInputPath] = .standardInput
        continue
      }
      let path = Self.plain(argument)
      if Self.isFolder(path) {
        search(path, into: &items)
      } else {
        items[path] = .file(path: path)
      }
    }
    return items.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The content of a file.
  ///
  /// - Parameter maxBytes: The largest content that is read. It is meant to be above the limit that a catalog
  ///   file has, so that a file that is too large is told by the rule that says so.
  /// - Throws: `Unreadable` with the reason.
  package static func content(of path: String, maxBytes: Int = maxBytes) throws(Unreadable) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Unreadable(reason: reason()) }
    defer { close(descriptor) }
    return try content(of: descriptor, maxBytes: maxBytes)
  }

  /// The standard input to its end.
  package static func standardInput(maxBytes: Int = maxBytes) throws(Unreadable) -> [UInt8] {
    try content(of: STDIN_FILENO, maxBytes: maxBytes)
  }

  /// The largest limit that `crawler.yaml.maxBytes` may be set to.
  package static let maxBytes = 100 << 20

  /// Why something cannot be read: words that end a sentence.
  package struct Unreadable: Error, Equatable {
    package var reason: String

    package init(reason: String) {
      self.reason = reason
    }
  }
}

// MARK: - Folders

extension ValidationInput {
  private func search(_ root: String, into items: inout [String: Item]) {
    var folders = [root]
    while let folder = folders.popLast() {
      guard let stream = opendir(folder) else {
        items[folder] = .unreadable(path: folder, reason: Self.reason())
        continue
      }
      defer { closedir(stream) }
      while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        guard name != ".", name != ".." else { continue }
        let path = folder == "." ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
        switch Self.type(of: entry.pointee.d_type, at: path) {
        case .folder: if !isExcluded(name) { folders.append(path) }
        case .file: if isWanted(name) { items[path] = .file(path: path) }
        case .other: break
        }
      }
    }
  }

  private func isExcluded(_ folder: String) -> Bool {
    folder.hasPrefix(".") || excludedFolders.contains(folder)
  }

  private func isWanted(_ name: String) -> Bool { patterns.contains { fnmatch($0, name, 0) == 0 } }

  private enum EntryType {
    case file, folder, other
  }

  /// Some file systems do not tell the type with the name; then the file itself is asked.
  private static func type(of type: UInt8, at path: String) -> EntryType {
    switch Int(type) {
    case Int(DT_REG): return .file
    case Int(DT_DIR): return .folder
    case Int(DT_UNKNOWN): break
    default: return .other
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { return .other }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : status.st_mode & S_IFMT == S_IFREG ? .file : .other
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The path without empty parts and `.`, so that a file that is named twice is one.
  private static func plain(_ path: String) -> String {
    let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    if path.hasPrefix("/") { return "/" + parts }
    return parts.isEmpty && !path.isEmpty ? "." : parts
  }
}

// MARK: - Files

extension ValidationInput {
  private static func content(of descriptor: Int32, maxBytes: Int) throws(Unreadable) -> [UInt8] {
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    var content: [UInt8] = []
    // One byte more than there is, so that the end of an ordinary file is seen at once.
    var space = isKnown ? min(Int(status.st_size), maxBytes) + 1 : 1 << 16
    while true {
      guard content.count <= maxBytes else {
        throw Unreadable(reason: "it is larger than \(maxBytes) bytes, the most that any setting allows")
      }
      let start = content.count
      var count = 0
      content.append(contentsOf: repeatElement(0, count: space))
      count = content.withUnsafeMutableBytes { buffer in
        var result = 0
        repeat {
          result = read(descriptor, buffer.baseAddress?.advanced(by: start), space)
        } while result < 0 && errno == EINTR
        return result
      }
      guard count >= 0 else { throw Unreadable(reason: reason()) }
      content.removeLast(space - count)
      if count == 0 { return content }
      if count < space, isKnown { space = space - count } else { space = 1 << 16 }
    }
  }

  /// What the last call of the system failed of.
  private static func reason() -> String {
    switch errno {
    case ENOENT: "there is no such file or folder"
    case EISDIR: "it is a folder"
    case let code: String(cString: strerror(code))
    }
  }
}
