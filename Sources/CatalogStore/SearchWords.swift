import GRDB

/// The words of a search, and what has them in the index of words.
///
/// To ask the index how words begin costs some 20 ms in a catalog of a million entities, whatever comes of it; to ask
/// for whole words costs nothing. So the first is done as few times as possible, and never for one entity after another.
struct SearchWords {
  /// All of them, as they stand or, those of three letters and more, as the beginnings of others; shorter ones begin
  /// too many.
  private let beginnings: String
  /// All of them, as they stand.
  private let whole: String
  /// How many entities are collected at most.
  private let most: Int

  /// Nil when there is no word.
  init?(_ text: String, most: Int) {
    let words = text.split { !($0.isLetter || $0.isNumber) }.prefix(10)
    guard !words.isEmpty else { return nil }
    beginnings = words.map { $0.count < 3 ? "\"\($0)\"" : "\"\($0)\"*" }.joined(separator: " AND ")
    whole = words.map { "\"\($0)\"" }.joined(separator: " AND ")
    self.most = most
  }

  /// Those of some entities that have the words.
  func matches(among ids: [Int64], _ db: Database) throws -> [Int64] {
    guard let first = ids.min(), let last = ids.max() else { return [] }
    // `+` keeps the index from being asked anew for each of them.
    let statement = try db.cachedStatement(
      sql: """
        SELECT rowid FROM entity_fts WHERE entity_fts MATCH ? AND rowid BETWEEN ? AND ?
          AND +rowid IN (SELECT value FROM json_each(?))
        """
    )
    return try Int64.fetchAll(statement, arguments: [beginnings, first, last, Self.list(ids)])
  }

  /// So many entities at most as are collected that have the words.
  ///
  /// - Parameter isBroad: Becomes true when more have them: then they are those that have the words in their name or
  ///   title, if that is few enough, else just some.
  func matches(_ db: Database, _ isBroad: inout Bool) throws -> [Int64] {
    var words = whole
    var ids = try found(words, db)
    if ids.count <= most {
      words = beginnings
      ids = try found(words, db)
    }
    guard ids.count > most else { return ids }
    isBroad = true
    let named = try found("{name title} : (\(words))", db)
    return named.isEmpty || named.count > most ? Array(ids.prefix(most)) : named
  }

  /// One more than may be sorted tells that there are too many.
  private func found(_ words: String, _ db: Database) throws -> [Int64] {
    try Int64.fetchAll(
      db.cachedStatement(sql: "SELECT rowid FROM entity_fts WHERE entity_fts MATCH ? LIMIT ?"),
      arguments: [words, most + 1]
    )
  }

  /// Ids as a JSON array, which a question takes as one parameter.
  static func list(_ ids: [Int64]) -> String {
    "[" + ids.map(String.init).joined(separator: ",") + "]"
  }
}
