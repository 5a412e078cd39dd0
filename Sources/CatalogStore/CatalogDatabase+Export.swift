import GRDB

/// An entity on its way out of the database.
package struct ExportedEntity: Sendable {
  package var ref: String
  /// The whole document as JSON.
  package var json: String
  /// Nil for one that was stored by an early version and not read since.
  package var uid: String?
  package var etag: String
  /// Both directions, by type and target, of targets that are in the catalog and such that are not.
  package var relations: [(type: String, target: String)]
}

/// The catalog files of an organization, for others to read.
package struct ExportedTarget: Sendable, Equatable {
  /// Nil for a location that was registered or stands in the settings.
  package var organization: String?
  package var host: String
  package var url: String
}

extension CatalogDatabase {
  /// Hands on every entity that holds its ref, by ref, from one moment of the database.
  package func exportEntities(_ body: (ExportedEntity) throws -> Void) throws {
    try pool.read { db in
      let relations = try db.makeStatement(
        sql: "SELECT type, target_ref FROM report_relations WHERE source_ref = ? ORDER BY type, target_ref"
      )
      let entities = try Row.fetchCursor(
        db,
        sql: "SELECT ref, json, uid, etag FROM entity WHERE is_holder = 1 ORDER BY ref"
      )
      while let row = try entities.next() {
        let ref: String = row[0]
        try body(
          ExportedEntity(
            ref: ref,
            json: row[1],
            uid: row[2],
            etag: row[3],
            relations: try Row.fetchAll(relations, arguments: [ref]).map { ($0[0], $0[1]) }
          )
        )
      }
    }
  }

  /// The columns of `report_entities` that are the same for the same catalog: no times, no ids of this database.
  private static let exportedColumns = """
    ref, kind, namespace, name, title, description, type, lifecycle, owner, owner_ref, system, domain, tags, host, \
    organization, project, repository, branch, path, line, link, uid, etag
    """

  /// Hands on every entity that holds its ref as a row, by ref.
  package func exportRows(to receiver: inout some RowReceiver) throws {
    try pool.read { db in
      let statement = try db.makeStatement(
        sql: "SELECT \(Self.exportedColumns) FROM report_entities ORDER BY ref"
      )
      try Self.fetch(statement, [], to: &receiver)
    }
  }

  /// Hands on what leads to the catalog's files: the files that the rules of the settings find, by organization
  /// and address, and behind them the locations of the settings and those registered by command.
  ///
  /// What Locations
  /// in these files lead to is not among them.
  package func exportTargets(_ body: (ExportedTarget) throws -> Void) throws {
    try pool.read { db in
      let organizations = try Row.fetchAll(
        db,
        sql: "SELECT id, host, name FROM organization ORDER BY host, name"
      )
      for organization in organizations {
        let urls = try String.fetchCursor(
          db,
          sql: """
            SELECT f.url FROM repository g JOIN file f ON f.repository_id = g.id
            WHERE g.organization_id = ? AND f.state = 'present' AND f.is_asked = 1
              AND f.out_of_scope_since IS NULL AND f.url LIKE 'http%'
            ORDER BY f.url
            """,
          arguments: [organization[0] as Int64]
        )
        while let url = try urls.next() {
          try body(ExportedTarget(organization: organization[2], host: organization[1], url: url))
        }
      }
      let locations = try String.fetchCursor(
        db,
        sql: "SELECT DISTINCT target FROM location WHERE type = 'url' ORDER BY target"
      )
      while let url = try locations.next() { try body(ExportedTarget(organization: nil, host: "", url: url)) }
    }
  }
}
