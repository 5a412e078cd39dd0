package import Catalog
import GRDB

/// An entity, and the entities that lead to it.
package struct EntityAncestor: Sendable, Equatable {
  /// As JSON.
  package var json: [UInt8]
  /// The Locations that lead to its file, sorted.
  package var parents: [String]
}

/// Where an entity was read.
package struct EntitySource: Sendable, Equatable {
  package var host: String
  package var organization: String
  package var project: String
  package var repository: String
  /// With a slash before it.
  package var path: String
  /// Nil for the default branch.
  package var branch: String?
}

extension CatalogReader {
  /// More ancestors are not followed.
  private static let maxAncestors = 1_000

  /// An entity and what leads to it, each once, depth first, the entity itself at the front; nil when there is none
  /// (facts/backstage-catalog.md 9.2).
  package func ancestry(of ref: EntityRef) async throws -> [EntityAncestor]? {
    let root = ref.description
    return try await read { db in
      var ancestors: [EntityAncestor] = []
      var seen: Set<String> = [root]
      var waiting = [root]
      while let ref = waiting.popLast(), ancestors.count < Self.maxAncestors {
        var writer = try EntityAnswerWriter(db, nil)
        guard try writer.append(ref: ref) else { continue }
        let parents = try Self.parents(of: ref, db)
        ancestors.append(EntityAncestor(json: writer.json, parents: parents))
        for parent in parents.reversed() where seen.insert(parent).inserted { waiting.append(parent) }
      }
      return ancestors.isEmpty ? nil : ancestors
    }
  }

  private static func parents(of ref: String, _ db: Database) throws -> [String] {
    var parents: [String] = []
    try db.rows(
      """
      SELECT DISTINCT p.ref FROM entity e CROSS JOIN location_file lf ON lf.file_id = e.file_id
        CROSS JOIN location_target t ON t.id = lf.target_id CROSS JOIN entity p ON p.id = t.entity_id
      WHERE e.ref = ? AND e.is_holder = 1 AND p.is_holder = 1 AND p.ref <> e.ref ORDER BY p.ref
      """,
      [.text(ref)]
    ) { row in
      parents.append(row.string(0))
      return true
    }
    return parents
  }

  /// Where the entity that holds a ref was read; nil when nothing holds it.
  package func source(of ref: EntityRef) async throws -> EntitySource? {
    let ref = ref.description
    return try await read { db in
      var source: EntitySource?
      try db.rows(
        """
        SELECT o.host, o.name, p.name, r.name, f.path, f.branch FROM entity e
          CROSS JOIN file f ON f.id = e.file_id CROSS JOIN repository r ON r.id = f.repository_id
          CROSS JOIN project p ON p.id = r.project_id CROSS JOIN organization o ON o.id = r.organization_id
        WHERE e.ref = ? AND e.is_holder = 1
        """,
        [.text(ref)]
      ) { row in
        let branch = row.string(5)
        source = EntitySource(
          host: row.string(0),
          organization: row.string(1),
          project: row.string(2),
          repository: row.string(3),
          path: row.string(4),
          branch: branch.isEmpty ? nil : branch
        )
        return false
      }
      return source
    }
  }

  /// The entities of a repository, each with the address of its file, by address and line.
  ///
  /// - Parameters: Of the repository, in any letter case.
  package func entities(
    host: String,
    organization: String,
    project: String,
    repository: String,
    limit: Int
  ) async throws -> [(url: String, json: [UInt8])] {
    try await read { db in
      var found: [(id: Int64, url: String)] = []
      try db.rows(
        """
        SELECT e.id, f.url FROM repository r CROSS JOIN project p ON p.id = r.project_id
          CROSS JOIN organization o ON o.id = r.organization_id
          CROSS JOIN file f ON f.repository_id = r.id CROSS JOIN entity e ON e.file_id = f.id
        WHERE r.name = ?1 COLLATE NOCASE AND p.name = ?2 COLLATE NOCASE AND o.name = ?3 AND o.host = ?4
          AND e.is_holder = 1 ORDER BY f.url, e.line LIMIT ?5
        """,
        [.text(repository), .text(project), .text(organization), .text(host), .integer(Int64(limit))]
      ) { row in
        found.append((row.integer(0), row.string(1)))
        return true
      }
      return try found.map { id, url in
        var writer = try EntityAnswerWriter(db, nil)
        _ = try writer.append(id: id)
        return (url, writer.json)
      }
    }
  }
}
