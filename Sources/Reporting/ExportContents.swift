import Foundation

/// What an export has put into its folder: a file in it names all of its files, one in a line.
struct ExportContents {
  /// Says that a folder is an export, and what is in it.
  static let marker = ".catalog-export"

  private static let introduction =
    "# Written by 'catalog-crawler export', which replaces this folder as a whole.\n"

  /// Stand for the paths of files and of the folders above them: a million names need not be kept.
  private var known: Set<UInt64> = [hash(marker.utf8)]

  /// - Parameter folder: One without the file is no export, and has nothing of one in it.
  init(of folder: URL) throws {
    let file = folder.appending(path: Self.marker)
    guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else { return }
    let text = try Data(contentsOf: file, options: .mappedIfSafe)
    for line in text.split(separator: UInt8(ascii: "\n")) {
      known.insert(Self.hash(line))
      for index in line.indices where line[index] == UInt8(ascii: "/") {
        known.insert(Self.hash(line[..<index]))
      }
    }
  }

  /// Something in a folder that no export has put there, by its path within; nil when there is nothing.
  ///
  /// Links are not followed.
  func stranger(in folder: String, below path: String = "") throws -> String? {
    let place = path.isEmpty ? folder : folder + "/" + path
    for name in try FileManager.default.contentsOfDirectory(atPath: place).sorted() {
      let inner = path.isEmpty ? name : path + "/" + name
      guard known.contains(Self.hash(inner.utf8)) else { return inner }
      var status = stat()
      guard lstat(folder + "/" + inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      if let stranger = try stranger(in: folder, below: inner) { return stranger }
    }
    return nil
  }

  /// FNV-1a with 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
  private static func hash(_ path: some Sequence<UInt8>) -> UInt64 {
    path.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  /// Writes the names as they come.
  struct Writer {
    private static let size = 1 << 16
    private let file: FileHandle
    private var lines = Array(ExportContents.introduction.utf8)

    /// - Parameter folder: It is there.
    init(in folder: URL) throws {
      let path = folder.appending(path: ExportContents.marker)
      try Data().write(to: path)
      file = try FileHandle(forWritingTo: path)
    }

    /// - Parameter path: Of a file, within the folder.
    mutating func add(_ path: String) throws {
      lines.append(contentsOf: path.utf8)
      lines.append(UInt8(ascii: "\n"))
      if lines.count >= Self.size { try write() }
    }

    mutating func finish() throws {
      try write()
      try file.close()
    }

    private mutating func write() throws {
      try file.write(contentsOf: lines)
      lines.removeAll(keepingCapacity: true)
    }
  }
}
