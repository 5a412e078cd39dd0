/// The schema's history: each `.sql` file of this folder, in the order in which databases get them.
///
/// What counts is the place in this list, which is the number that a database holds; a file's number is only its name.
///
/// A file is never changed once it is released; a change of the schema is a new file, listed here and in
/// `Package.swift`.
package enum Schema {
  /// One change of the schema.
  package struct Step: Sendable {
    /// The file's name without `.sql`; stored in the database as the name of the migration.
    package let name: String
    package let sql: String
  }

  package static let steps: [Step] = [
    Step(name: "0001_create_the_catalog", sql: text(PackageResources._001_create_the_catalog_sql)),
    Step(name: "0002_follow_locations", sql: text(PackageResources._002_follow_locations_sql)),
    Step(name: "0004_confirm_removals", sql: text(PackageResources._004_confirm_removals_sql)),
    Step(name: "0003_lease_crawls", sql: text(PackageResources._003_lease_crawls_sql)),
    Step(name: "0005_keep_history", sql: text(PackageResources._005_keep_history_sql)),
    Step(name: "0006_report_views", sql: text(PackageResources._006_report_views_sql)),
    Step(name: "0007_remember_moves", sql: text(PackageResources._007_remember_moves_sql)),
    Step(name: "0008_pace_refreshes", sql: text(PackageResources._008_pace_refreshes_sql)),
    Step(name: "0009_note_additions", sql: text(PackageResources._009_note_additions_sql)),
    Step(name: "0010_follow_the_lease", sql: text(PackageResources._010_follow_the_lease_sql)),
    Step(name: "0011_note_failed_visits", sql: text(PackageResources._011_note_failed_visits_sql)),
    Step(name: "0012_take_requests", sql: text(PackageResources._012_take_requests_sql)),
    Step(name: "0013_keep_lines", sql: text(PackageResources._013_keep_lines_sql)),
    Step(name: "0014_note_waits", sql: text(PackageResources._014_note_waits_sql)),
    Step(name: "0015_number_versions", sql: text(PackageResources._015_number_versions_sql)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
