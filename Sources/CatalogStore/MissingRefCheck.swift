import GRDB

/// Looks whether `missing_ref` is what one finds by looking at all relations, and makes it so.
///
/// The table is kept by triggers and by the program (`Additions`); a row too many or too few makes the reports of
/// dangling relations and of owners wrong, and no crawl that finds nothing new would put it right.
enum MissingRefCheck {
  /// Rows that ought not to be there: something holds the ref, or no relation leads to it.
  private static let needless = """
    SELECT m.ref AS ref FROM missing_ref m
    WHERE EXISTS (SELECT 1 FROM entity WHERE ref = m.ref AND is_holder = 1)
      OR NOT EXISTS (SELECT 1 FROM relation WHERE target_ref = m.ref)
    """
  /// What relations lead to, and nothing holds, and has no row.
  private static let forgotten = """
    SELECT r.target_ref AS ref FROM relation r
    WHERE NOT EXISTS (SELECT 1 FROM missing_ref WHERE ref = r.target_ref)
      AND NOT EXISTS (SELECT 1 FROM entity WHERE ref = r.target_ref AND is_holder = 1)
    GROUP BY r.target_ref
    """

  /// What is wrong, for people, the first few of each kind; empty when it is in order.
  static func faults(_ db: Database, limit: Int) throws -> [String] {
    let faults = try String.fetchAll(
      db,
      sql: """
        SELECT * FROM (
          SELECT ref || ' counts as missing, but ' || iif(
              EXISTS (SELECT 1 FROM entity WHERE ref = n.ref AND is_holder = 1),
              'it is there', 'no relation leads to it')
          FROM (\(needless)) n ORDER BY ref LIMIT ?1)
        UNION ALL
        SELECT * FROM (
          SELECT ref || ' is not there, but does not count as missing' FROM (\(forgotten)) ORDER BY ref LIMIT ?1)
        """,
      arguments: [limit]
    )
    return faults.isEmpty ? [] : faults.prefix(limit) + ["'database vacuum' writes down anew what is missing"]
  }

  /// Makes the table follow from the relations and entities, within a transaction.
  static func mend(_ db: Database) throws {
    try db.execute(sql: "DELETE FROM missing_ref WHERE ref IN (SELECT ref FROM (\(needless)))")
    try db.execute(sql: "INSERT INTO missing_ref (ref) \(forgotten)")
  }
}
