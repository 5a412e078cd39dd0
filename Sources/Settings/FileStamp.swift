import Foundation

/// How a file on the disk is told from the one that was there before, without reading it.
///
/// Links are followed: where a folder is mounted into a container the names stay and what they lead to is replaced.
/// Files that are not there are all the same.
package struct FileStamp: Sendable, Equatable {
  private let path: String
  private let changedAt: Date?
  private let byteCount: Int?
  private let number: Int?

  /// - Parameter path: An absolute path.
  package init(of path: String) {
    self.path = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
    // One that is not there may come.
    let found = try? FileManager.default.attributesOfItem(atPath: self.path)
    changedAt = found?[.modificationDate] as? Date
    byteCount = (found?[.size] as? NSNumber)?.intValue
    number = (found?[.systemFileNumber] as? NSNumber)?.intValue
  }
}
