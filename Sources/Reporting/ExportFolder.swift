package import Foundation

/// A folder that an export fills: written aside and put in place when it is whole, so that what stands there is one
/// export and nothing of another.
///
/// It replaces only what an export has written: a folder with anything else in it is refused.
package struct ExportFolder {
  /// Says that a folder is an export, and what is in it.
  static let marker = ".catalog-export"

  private let place: URL
  private let aside: URL
  private var topLevel: Set<String> = []
  private var folder = ""

  /// - Throws: `ExportFolderError` when there is something at the path that an export has not written.
  package init(path: String) throws {
    place = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    let name = place.lastPathComponent
    aside = place.deletingLastPathComponent()
      .appending(path: ".\(name).\(UUID().uuidString)", directoryHint: .isDirectory)
    try Self.check(place)
    try FileManager.default.createDirectory(at: aside, withIntermediateDirectories: true)
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
    let names = path.split(separator: "/").map(String.init)
    if let first = names.first { topLevel.insert(first) }
    let parent = names.dropLast().joined(separator: "/")
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
  package func finish() throws {
    let text =
      "# Written by 'catalog-crawler export', which replaces this folder as a whole.\n"
      + topLevel.sorted().map { $0 + "\n" }.joined()
    try Data(text.utf8).write(to: aside.appending(path: Self.marker))
    let files = FileManager.default
    guard files.fileExists(atPath: place.path(percentEncoded: false)) else {
      return try files.moveItem(at: aside, to: place)
    }
    let old = aside.deletingLastPathComponent()
      .appending(path: aside.lastPathComponent + ".old", directoryHint: .isDirectory)
    try files.moveItem(at: place, to: old)
    do {
      try files.moveItem(at: aside, to: place)
    } catch {
      try files.moveItem(at: old, to: place)
      throw error
    }
    try files.removeItem(at: old)
  }

  /// Takes away what was written so far, and leaves what stood there.
  package func discard() {
    try? FileManager.default.removeItem(at: aside)  // what is left has a name that no export uses again
  }

  private static func check(_ place: URL) throws {
    var path = place.path(percentEncoded: false)
    // With a slash behind it a file is not found.
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    guard isFolder.boolValue else { throw ExportFolderError(path: path, stranger: nil) }
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    let listed = try? String(contentsOf: place.appending(path: marker), encoding: .utf8)  // nil: no export
    let known = Set((listed ?? "").split(separator: "\n").map(String.init)).union([marker])
    if let stranger = names.sorted().first(where: { !known.contains($0) }) {
      throw ExportFolderError(path: path, stranger: stranger)
    }
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
