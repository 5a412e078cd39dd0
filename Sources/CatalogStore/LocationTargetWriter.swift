import Catalog
import GRDB

/// Makes the targets of an entity of kind Location what its document says, within the transaction of its file.
///
/// A target that stays keeps its row, and with it the files that it was found to stand for.
struct LocationTargetWriter {
  let db: Database

  /// - Parameter location: Nil for an entity of another kind.
  func write(_ location: LocationSpec?, of entity: Int64) throws {
    var left: [String: [Int64]] = [:]
    let rows = try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT address, id FROM location_target WHERE entity_id = ? ORDER BY id DESC"),
      arguments: [entity]
    )
    while let row = try rows.next() { left[row[0], default: []].append(row[1]) }
    for (position, target) in (location?.targets ?? []).enumerated() {
      guard case .success(let address) = target.address, let type = location?.type else { continue }
      let values: StatementArguments = [
        entity, position, target.text, type.rawValue, address.text, address.host, address.organization,
        location?.isRequired, target.line, target.column, target.keyPath,
      ]
      if let known = left[address.text]?.popLast() {
        try db.cachedStatement(
          sql: """
            UPDATE location_target SET entity_id = ?, position = ?, target = ?, type = ?, address = ?, host = ?,
              organization = ?, is_required = ?, line = ?, column = ?, key_path = ?
            WHERE id = ?
            """
        ).execute(arguments: values + [known])
      } else {
        try db.cachedStatement(
          sql: """
            INSERT INTO location_target (entity_id, position, target, type, address, host, organization,
              is_required, line, column, key_path)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).execute(arguments: values)
      }
    }
    for id in left.values.joined() {
      try db.cachedStatement(sql: "DELETE FROM location_target WHERE id = ?").execute(arguments: [id])
    }
  }
}
