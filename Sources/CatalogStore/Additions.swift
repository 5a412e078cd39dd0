import Catalog
import GRDB
import GRDBSQLite

/// What a transaction has added, and what it has changed that no trigger notes, for what follows from it before it
/// commits (`ChangeJournal`).
///
/// No trigger notes additions: a statement with a trigger can fail after it has changed something, so SQLite copies each
/// page before the statement changes it, which costs more than all the rest of it. Changes and removals are rare and are
/// noted by triggers.
///
/// Belongs to one transaction.
final class Additions {
  /// Refs that nothing held before the transaction and that an entity was added for, in that order.
  private(set) var refs: [String] = []
  /// What entities are searched by that were added, and their `metadata.uid`; none for one that was changed since.
  private(set) var rows: [Int64: (ofDocument: SearchRows, uid: String)] = [:]
  /// What the relations lead to that were added, as UTF-8: Swift's strings are equal when they only look the same.
  private var targets: Set<[UInt8]> = []
  /// Entities that stay as they are, with other relations or another mark than before.
  private(set) var touched: Set<Int64> = []

  var isEmpty: Bool { refs.isEmpty && rows.isEmpty && targets.isEmpty && touched.isEmpty }

  /// Notes an entity, whether it holds its ref or not.
  func note(_ entity: Int64, rows: SearchRows, uid: String) { self.rows[entity] = (rows, uid) }

  /// Notes that an entity is not what it was any more when it was added.
  func noteChange(of entity: Int64) { rows[entity] = nil }

  /// Notes that something holds a ref that nothing held before the transaction.
  func note(_ ref: String) { refs.append(ref) }

  func note(target: String) { targets.insert(Array(target.utf8)) }

  /// Notes entities whose relations or marks have changed, which no trigger does.
  func noteTouched(_ entities: some Sequence<Int64>) { touched.formUnion(entities) }
}

extension Additions {
  /// Makes `missing_ref` follow from the relations that were added.
  ///
  /// The entities that were added are seen to as each of them is.
  func writeMissingRefs(_ db: Database) throws {
    guard !targets.isEmpty else { return }
    let insert = try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO missing_ref (ref)
        SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM entity WHERE ref = ?1 AND is_holder = 1)
          AND EXISTS (SELECT 1 FROM relation WHERE target_ref = ?1)
        """
    )
    for target in targets.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      var values = StatementValues()
      values.append(utf8: target)
      try values.execute(insert, db)
    }
  }
}
