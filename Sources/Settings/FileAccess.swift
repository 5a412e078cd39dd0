import Foundation

/// How files are read: the seam between the settings and the disk.
struct FileAccess: Sendable {
  /// Why a file cannot be read.
  struct Problem: Error {
    var reason: String
    /// Whether there is no such file at all.
    var isMissing = false
  }

  /// The bytes of the file at an absolute path.
  var read: @Sendable (_ path: String) -> Result<[UInt8], Problem>

  /// The largest file that is read, in bytes: settings, keys and tokens are small.
  private static let maxBytes = 5 << 20

  /// The files of this machine.
  static let disk = FileAccess { path in
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return .failure(Problem(reason: "there is no such file", isMissing: true))
    }
    guard !isFolder.boolValue else { return .failure(Problem(reason: "it is a folder")) }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      return .failure(Problem(reason: String(cString: strerror(errno))))
    }
    defer { try? handle.close() }  // only read from: nothing can be lost
    do {
      let data = try handle.read(upToCount: maxBytes + 1) ?? Data()
      guard data.count <= maxBytes else {
        return .failure(Problem(reason: "it is larger than \(maxBytes) bytes"))
      }
      return .success([UInt8](data))
    } catch {
      return .failure(Problem(reason: "reading failed"))
    }
  }
}

extension FileAccess {
  /// The same files; somebody is told of each before it is read.
  func noting(_ note: @escaping @Sendable (_ path: String) -> Void) -> FileAccess {
    FileAccess { [read] path in
      note(path)
      return read(path)
    }
  }
}

/// Arithmetic on paths; nothing looks at the disk.
enum FilePath {
  /// The path as an absolute one, without `.` and `..`; relative ones begin at `folder`.
  static func absolute(_ path: String, in folder: String) -> String {
    let isAbsolute = path.hasPrefix("/")
    let base = folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
    var parts: [Substring] = []
    for part in (isAbsolute ? path : base + "/" + path).split(separator: "/") {
      switch part {
      case ".": break
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// The folder that an absolute path is in.
  static func folder(of path: String) -> String {
    let end = path.lastIndex(of: "/") ?? path.startIndex
    return end == path.startIndex ? "/" : String(path[..<end])
  }
}
