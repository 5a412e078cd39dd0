package import Catalog
package import CatalogStore
package import Foundation

/// What a location leads to, read into a database that is thrown away.
package struct ExaminedLocation: Sendable {
  package var report: CrawlReport
  package var files: [FileContents]
  /// What is wrong with the location itself; nil when it could be followed.
  package var problem: String?

  /// - Parameters:
  ///   - address: Of the location; it may have a pattern.
  ///   - crawl: Makes the crawl, with the database that it is for.
  ///   - look: Takes from the database what is wanted besides.
  /// - Throws: What the crawl and the database throw.
  package static func examine<Value: Sendable>(
    _ address: FileAddress,
    at now: Date,
    crawl: (CatalogDatabase, CrawlRequest) async throws -> CrawlReport,
    look: (CatalogDatabase) async throws -> Value
  ) async throws -> (examined: ExaminedLocation, found: Value) {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "catalog-crawler-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }  // Left to the system otherwise.
    let path = folder.appending(path: "examined.sqlite").path(percentEncoded: false)
    let database = try CatalogDatabase.open(at: path)
    let (id, _) = try await database.register(.url, address, at: now)
    let report = try await crawl(database, .location(id, address))
    let status = try await database.locationStatus().first { $0.location.id == id }
    let examined = ExaminedLocation(
      report: report,
      files: try await database.contents(),
      problem: status?.problem
    )
    let found = try await look(database)
    try database.pool.close()
    return (examined, found)
  }

  /// What is wrong, as sentences with their places; empty when everything could be read and is right.
  package var errors: [String] {
    var errors = report.organizations.compactMap { $0.failure?.message }
    if let problem { errors.append(problem) }
    for file in files {
      for problem in file.problems where problem.severity == "error" {
        let place = problem.line.map { ", line \($0)" } ?? ""
        errors.append("\(problem.message) (\(file.url)\(place))")
      }
    }
    return errors
  }
}
