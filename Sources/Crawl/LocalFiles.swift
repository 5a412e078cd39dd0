import AzureDevOps
package import Catalog
import Foundation
import Settings

/// The files of this machine that locations may name: those below the folders of `crawler.locations.fileRoots`.
package struct LocalFiles: Sendable {
  /// Absolute, sorted, without links and without a slash at the end.
  package let roots: [String]

  package init(roots: [String]) {
    self.roots = roots.map(Self.resolved).sorted()
  }

  /// The address of a path, which need not be there.
  ///
  /// - Parameter base: The file that names it; an absolute path.
  package func address(
    of text: String,
    from base: String
  ) -> Result<FileAddress, FileContext.TargetFault> {
    let folder = URL(filePath: base).deletingLastPathComponent()
    let path = URL(filePath: text, relativeTo: folder).standardizedFileURL.path(percentEncoded: false)
    guard root(of: path) != nil else { return .failure(Self.fault(path)) }
    return .success(.local(path))
  }

  /// The root that a path lies below; nil when it lies below none.
  ///
  /// Links are followed, so that none leads out.
  func root(of path: String) -> String? {
    let target = Self.resolved(path)
    return roots.last { root in root == "/" || target.hasPrefix(root + "/") }
  }

  static func fault(_ path: String) -> FileContext.TargetFault {
    FileContext.TargetFault(
      rule: "target-folder",
      message: "'\(path)' does not lie below a folder of crawler.locations.fileRoots"
    )
  }

  /// Reads a file.
  ///
  /// - Throws: `.fileAbsent` when there is none, `.forbidden` when it may not be read.
  func read(_ path: String, maxBytes: Int) throws(FetchError) -> RepositoryFile {
    guard root(of: path) != nil else { throw FetchError(.forbidden, detail: Self.fault(path).message) }
    guard Self.isFile(path) else {
      // Only the system's word that there is no such file counts; a folder that may not be entered says nothing.
      let reason = access(path, F_OK) == 0 ? ENOENT : errno
      let isRootThere = root(of: path).map { access($0, R_OK | X_OK) == 0 } ?? false
      guard isRootThere, reason == ENOENT || reason == ENOTDIR else {
        throw FetchError(
          .forbidden,
          detail: "'\(path)' cannot be reached: \(String(cString: strerror(reason)))"
        )
      }
      throw FetchError(.fileAbsent, detail: "there is no file '\(path)'")
    }
    let bytes: [UInt8]
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { try? handle.close() }  // Nothing was written.
      // One byte more than is read tells that there are more.
      bytes = Array(try handle.read(upToCount: maxBytes + 1) ?? Data())
    } catch {
      throw FetchError(.forbidden, detail: "'\(path)' cannot be read: \(error.localizedDescription)")
    }
    return RepositoryFile(
      path: path,
      blobID: GitObjectID.blob(bytes),
      commitID: nil,
      etag: nil,
      content: bytes
    )
  }

  /// Whether an ordinary file is there, itself or behind a link: a pipe would be waited for, a device has no end.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// The files that match a pattern, sorted.
  func files(matching pattern: String) throws(PathGlobError) -> [String] {
    let glob = try PathGlob(pattern)
    let folder = glob.literalPrefix
    guard root(of: folder + "/x") != nil,
      let enumerator = FileManager.default.enumerator(
        at: URL(filePath: folder),
        includingPropertiesForKeys: [.isRegularFileKey]
      )
    else { return [] }
    var paths: [String] = []
    for case let url as URL in enumerator {
      let path = url.standardizedFileURL.path(percentEncoded: false)
      let isFile = (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile  // Gone meanwhile.
      if isFile == true, glob.matches(path) { paths.append(path) }
    }
    return paths.sorted()
  }

  private static func resolved(_ path: String) -> String {
    let text = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
    return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
  }
}
