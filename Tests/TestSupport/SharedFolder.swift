package import Foundation

/// Data beside the checkout that tests read in place: recordings and real catalog files.
///
/// Absent on most machines; tests that need it are then skipped.
package enum SharedFolder {
  private static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../shared").standardizedFileURL

  /// Whether the folder is there.
  package static var isPresent: Bool { FileManager.default.fileExists(atPath: url.path()) }

  package static func path(_ name: String) -> URL { url.appending(path: name) }
}
