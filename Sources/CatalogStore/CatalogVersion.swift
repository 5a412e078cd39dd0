import GRDB

/// The number of a state of the catalog, the same for every connection: it grows with each transaction that changes
/// what entities are found by, and stays when only times of visits are written.
///
/// With each number stands which entities were changed, so that what was counted before can be made to follow.
enum CatalogVersion {
  /// So many numbers are kept with what was changed.
  private static let kept = 100
  /// With more changed entities than this none is named: to count anew is no more work then.
  private static let named = 10_000

  /// Gives the transaction a number when it has changed anything; `pending_change` still has what triggers have noted.
  ///
  /// - Parameters:
  ///   - added: The entities that were added.
  ///   - touched: Those with other relations or another mark.
  static func write(added: [Int64], touched: Set<Int64>, _ db: Database) throws {
    let noted = (added + touched).map(String.init).joined(separator: ",")
    try db.cachedStatement(
      sql: """
        INSERT INTO catalog_version (entities)
        SELECT iif(count(*) <= \(named), json_group_array(id), NULL) FROM (
          SELECT value AS id FROM json_each(?)
          UNION SELECT entity_id FROM pending_change WHERE subject = 'entity' AND entity_id IS NOT NULL
          UNION SELECT e.id FROM pending_change p JOIN entity e ON e.ref = p.name AND e.is_holder = 1
            WHERE p.subject = 'entity')
        HAVING count(*) > 0
        """
    ).execute(arguments: ["[\(noted)]"])
    try db.cachedStatement(
      sql: "DELETE FROM catalog_version WHERE version <= (SELECT max(version) FROM catalog_version) - \(kept)"
    ).execute()
  }

  /// The number that a read sees; 0 when nothing has changed since there are numbers.
  static func current(_ db: Database) throws -> Int64 {
    try db.number("SELECT max(version) FROM catalog_version") ?? 0
  }

  /// The entities that were changed after a version and up to the one that the read sees.
  ///
  /// - Returns: Nil when that is not known any more.
  static func changed(after version: Int64, to current: Int64, _ db: Database) throws -> [Int64]? {
    let since: [SQLValue] = [.integer(version)]
    let known = "SELECT count(entities) FROM catalog_version WHERE version > ?"
    guard try db.number(known, since) == current - version else { return nil }
    var entities: [Int64] = []
    try db.rows(Self.entities, since) { row in
      entities.append(row.integer(0))
      return true
    }
    return entities
  }

  /// The same entities as a statement, each once, of the version that they were changed after.
  static let entities =
    "SELECT DISTINCT c.value FROM catalog_version n, json_each(n.entities) c WHERE n.version > ?"
}
