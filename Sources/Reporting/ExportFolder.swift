import CFiles
package import Foundation

/// A folder that an export fills: written aside and put in place when it is whole, so that what stands there is one
/// export and nothing of another.
///
/// It takes the place of an earlier one in one step. Where the file system cannot do that, the earlier one is moved away
/// first (`.NAME.UUID.old`), and the next export puts it back when it finds that nothing came in its place.
///
/// It replaces only what an export has written: a folder with anything else in it is refused.
package struct ExportFolder {
  private static let oldSuffix = ".old"

  private let place: URL
  private let aside: URL
  private var contents: ExportContents.Writer
  private var folder = ""

  /// - Throws: `ExportFolderError` when there is something at the path that an export has not written.
  package init(path: String) throws {
    place = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    let name = place.lastPathComponent
    aside = place.deletingLastPathComponent()
      .appending(path: ".\(name).\(UUID().uuidString)", directoryHint: .isDirectory)
    try Self.putBack(name, to: place)
    try Self.check(place, calling: place)
    try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
    contents = try ExportContents.Writer(in: aside)
  }

  /// Begins a file.
  ///
  /// - Parameter path: Of letters, digits, `-`, `_`, `.` and slashes between names.
  package mutating func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: try file(path))
  }

  /// A file that is written piece by piece; whoever asks for it closes it.
  package mutating func handle(to path: String) throws -> FileHandle {
    let file = try file(path)
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  private mutating func file(_ path: String) throws -> URL {
    try contents.add(path)
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    if parent != folder {
      try FileManager.default.createDirectory(
        at: aside.appending(path: parent, directoryHint: .isDirectory),
        withIntermediateDirectories: true
      )
      folder = parent
    }
    return aside.appending(path: path, directoryHint: .notDirectory)
  }

  /// Puts what was written in the place of what stood there.
  ///
  /// - Throws: `ExportFolderError` when something was put there meanwhile that an export has not written; then it
  ///   stands as it was.
  package mutating func finish() throws {
    try contents.finish()
    let files = FileManager.default
    guard files.fileExists(atPath: place.path(percentEncoded: false)) else {
      return try files.moveItem(at: aside, to: place)
    }
    let (new, here) = (Self.withoutSlash(aside), Self.withoutSlash(place))
    let hasBothPlaces = cfiles_exchange(new, here) != 0
    let old =
      hasBothPlaces
      ? aside
      : aside.deletingLastPathComponent()
        .appending(path: aside.lastPathComponent + Self.oldSuffix, directoryHint: .isDirectory)
    if !hasBothPlaces { try files.moveItem(at: place, to: old) }
    do {
      // Only now nobody puts anything there any more.
      try Self.check(old, calling: place)
      if !hasBothPlaces { try files.moveItem(at: aside, to: place) }
    } catch {
      if !hasBothPlaces {
        try files.moveItem(at: old, to: place)
      } else if cfiles_exchange(new, here) == 0 {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: here])
      }
      throw error
    }
    try files.removeItem(at: old)
  }

  /// Takes away what was written so far, and leaves what stood there.
  package func discard() {
    try? FileManager.default.removeItem(at: aside)  // what is left has a name that no export uses again
  }

  /// Puts an export back that a process has moved away that was ended before it put another one in its place.
  private static func putBack(_ name: String, to place: URL) throws {
    let files = FileManager.default
    let parent = place.deletingLastPathComponent()
    guard !files.fileExists(atPath: place.path(percentEncoded: false)),
      let names = try? files.contentsOfDirectory(atPath: parent.path(percentEncoded: false))
    else { return }
    let left = names.filter { candidate in
      candidate.hasPrefix(".\(name).") && candidate.hasSuffix(oldSuffix)
        && UUID(uuidString: String(candidate.dropFirst(name.count + 2).dropLast(oldSuffix.count))) != nil
    }
    // More than one: a person has to say which it was.
    guard let only = left.first, left.count == 1 else { return }
    try files.moveItem(at: parent.appending(path: only, directoryHint: .isDirectory), to: place)
  }

  /// - Parameter name: What people know the folder as.
  private static func check(_ folder: URL, calling name: URL) throws {
    let path = withoutSlash(folder)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw ExportFolderError(path: withoutSlash(name), stranger: nil) }
    if let stranger = try ExportContents(of: folder).stranger(in: path) {
      throw ExportFolderError(path: withoutSlash(name), stranger: stranger)
    }
  }

  /// With a slash behind it a file is not found.
  private static func withoutSlash(_ url: URL) -> String {
    var path = url.path(percentEncoded: false)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// The name of an entity's file: `kind/namespace/name` of its ref, other characters than those of names escaped
  /// as in URLs.
  package static func path(ofRef ref: String, suffix: String) -> String {
    let parts = ref.utf8.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == UInt8(ascii: ":") }
    let rest = parts[parts.count - 1]
      .split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == UInt8(ascii: "/") }
    return ([parts[0]] + rest).map(safe).joined(separator: "/") + suffix
  }

  private static func safe(_ name: Substring.UTF8View) -> String {
    var result = ""
    for (index, byte) in name.enumerated() {
      let scalar = Unicode.Scalar(byte)
      let isSafe =
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
        || (byte == 0x2E && index > 0)
      result +=
        isSafe ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return result
  }
}

/// A folder is there that no export has written, or a file.
package struct ExportFolderError: Error, Equatable, CustomStringConvertible {
  var path: String
  /// What is in the folder that no export has put there; nil when the path is no folder.
  var stranger: String?

  package var description: String {
    guard let stranger else { return "\(path): expected a folder, or nothing, and there is a file" }
    return
      "\(path): expected nothing, an empty folder or an earlier export, and there is '\(stranger)', which no "
      + "export has written; an export replaces its folder as a whole, so give it one of its own"
  }
}
