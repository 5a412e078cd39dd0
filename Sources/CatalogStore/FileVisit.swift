package import Catalog
package import Foundation
import GRDB

/// What a visit to one file found that is not what is stored.
package struct FileVisit: Sendable {
  /// What the file is by now.
  package enum Finding: Sendable {
    /// Its content, with the tags that stand for it, and the files that its placeholders take in.
    case content(CatalogFile, VersionTag, [Inclusion])
    /// As it is stored, and so are the files that its placeholders take in, at a newer commit.
    case sameAt(commitID: String?)
    /// Azure DevOps said that it is not there.
    case absent
    /// As it is stored, but it could not be read the last time.
    case readableAgain
    /// It could not be read: what is stored stays.
    case failed(ReadFailure)
  }

  package var organization: Int64
  package var repository: Int64
  /// Empty for the default branch.
  package var branch: String
  package var path: String
  /// The file's address as a browser shows it; decides between files that claim one ref.
  package var url: String
  /// What led to the file.
  package var origin: FileOrigin
  /// Whether a rule of the settings asks for it.
  package var isAsked: Bool
  package var finding: Finding
  /// Why a file that a placeholder of the content takes in could not be read; nil when all could.
  package var unread: ReadFailure?

  package init(
    organization: Int64,
    repository: Int64,
    branch: String,
    path: String,
    url: String,
    origin: FileOrigin,
    isAsked: Bool = true,
    finding: Finding,
    unread: ReadFailure? = nil
  ) {
    self.organization = organization
    self.repository = repository
    self.branch = branch
    self.path = path
    self.url = url
    self.origin = origin
    self.isAsked = isAsked
    self.finding = finding
    self.unread = unread
  }
}

/// Where the chain of locations began that leads to a file.
package struct FileOrigin: Sendable, Hashable {
  /// What stands at its beginning.
  package enum Source: String, Sendable {
    /// A repository that a rule of the settings asks for the file.
    case organization
    /// A location that was registered by command.
    case registered
    /// A location of the settings.
    case settings
  }

  package var source: Source
  /// `type:target`.
  package var location: String

  package init(source: Source, location: String) {
    self.source = source
    self.location = location
  }
}

/// A file that a placeholder takes in, as it was read last.
package struct Inclusion: Sendable, Hashable {
  package var address: String
  /// Git's id of its content; nil when it could not be read.
  package var blobID: String?

  package init(address: String, blobID: String?) {
    self.address = address
    self.blobID = blobID
  }
}

/// What stands for a file's content.
package struct VersionTag: Sendable, Equatable {
  /// Git's id of the content.
  package var blobID: String
  package var commitID: String?
  package var etag: String?
  /// Bytes.
  package var size: Int
  /// Stands for the rules and limits that the content was judged by.
  package var rulesVersion: Int64

  package init(blobID: String, commitID: String?, etag: String?, size: Int, rulesVersion: Int64) {
    self.blobID = blobID
    self.commitID = commitID
    self.etag = etag
    self.size = size
    self.rulesVersion = rulesVersion
  }
}

/// What storing a visit changed.
package struct FileChanges: Sendable, Equatable {
  package var added = 0
  package var changed = 0
  package var removed = 0
  package var unchanged = 0
  /// Whether the file's content or presence is not what it was.
  package var isFileChanged = false

  package init() {}
}

extension CatalogDatabase {
  /// Stores visits, all in one transaction.
  ///
  /// - Parameter visitedThrough: By organization, the repositories up to which all is visited once these visits are
  ///   stored.
  /// - Returns: What each visit changed, in the order of the visits.
  package func store(
    _ visits: [FileVisit],
    crawl: Int64,
    visitedThrough: [Int64: Int64] = [:],
    at now: Date
  ) async throws -> [FileChanges] {
    let now = Timestamp.text(now)
    return try await add(crawl: crawl, at: now) { db, additions in
      let changes = try visits.map {
        try FileWriter(visit: $0, crawl: crawl, now: now, db: db, additions: additions).write()
      }
      for (organization, repository) in visitedThrough {
        try db.cachedStatement(
          sql: """
            UPDATE crawl_organization SET visited_through = ?3
            WHERE crawl_id = ?1 AND organization_id = ?2 AND visited_through < ?3
            """
        ).execute(arguments: [crawl, organization, repository])
      }
      return changes
    }
  }
}
