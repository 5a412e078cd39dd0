import GRDB
import Reporting

/// A view of the contract, as the database lists it.
package struct ReportView: Sendable, Equatable {
  /// Begins with `report_`.
  package var name: String
  package var version: Int
  package var purpose: String
}

extension CatalogDatabase {
  /// The reports that there are, by name.
  package func reportViews() throws -> [ReportView] {
    try pool.read { db in
      try Row.fetchAll(db, sql: "SELECT name, version, purpose FROM report_view ORDER BY name").map {
        ReportView(name: $0[0], version: $0[1], purpose: $0[2])
      }
    }
  }

  /// Whether an organization of this name was ever crawled.
  package func knowsOrganization(_ name: String) throws -> Bool {
    try pool.read { db in
      try Bool.fetchOne(
        db,
        sql: "SELECT EXISTS (SELECT 1 FROM organization WHERE name = ?)",
        arguments: [name]
      ) ?? false
    }
  }

  /// The columns of a view, in their order; empty when there is no such view.
  package func columns(of view: String) throws -> [String] {
    try pool.read { db in
      try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?) ORDER BY cid", arguments: [view])
    }
  }

  /// Whether an entity of this ref is in the catalog.
  package func holds(_ ref: String) throws -> Bool {
    try pool.read { db in
      let sql = "SELECT EXISTS (SELECT 1 FROM entity WHERE ref = ? AND is_holder = 1)"
      return try Bool.fetchOne(db, sql: sql, arguments: [ref]) ?? false
    }
  }

  /// Hands on the rows of a report, from one moment of the database.
  ///
  /// - Parameters:
  ///   - organization: Limits it to organizations of this name, on any host; nil for all.
  ///   - columns: What is read; empty for everything.
  ///   - limit: How many rows at most; nil for all.
  package func report(
    _ report: ReportQuery,
    organization: String? = nil,
    columns: [String] = [],
    limit: Int? = nil,
    to receiver: inout some RowReceiver
  ) throws {
    try pool.read { db in
      switch report.selection {
      case .condition(let condition):
        let statement = try db.makeStatement(
          sql: report.sql(columns: columns, where: organization.map { _ in condition }, limit: limit)
        )
        try Self.fetch(statement, organization.map { [$0] } ?? [], to: &receiver)
      case .eachOrganization:
        let organizations = try Row.fetchAll(
          db,
          sql: "SELECT host, name FROM organization WHERE ?1 IS NULL OR name = ?1 ORDER BY host, name",
          arguments: [organization]
        )
        var counted = Counted(receiver: receiver)
        defer { receiver = counted.receiver }
        // Without an organization there are columns all the same.
        for name in organizations.isEmpty
          ? [["", ""]] : organizations.map({ [$0[0] as String, $0[1] as String] })
        {
          let left = limit.map { $0 - counted.count }
          if let left, left <= 0 { break }
          let statement = try db.cachedStatement(
            sql: report.sql(columns: columns, where: "host = ?1 AND organization = ?2", limit: left)
          )
          try Self.fetch(statement, StatementArguments(name), to: &counted)
        }
      }
    }
  }

  /// Puts the rows of several questions with the same columns together.
  private struct Counted<Receiver: RowReceiver>: RowReceiver {
    var receiver: Receiver
    var count = 0
    private var isBegun = false

    init(receiver: Receiver) { self.receiver = receiver }

    mutating func begin(columns: [String]) throws {
      guard !isBegun else { return }
      isBegun = true
      try receiver.begin(columns: columns)
    }

    mutating func receive(_ row: [Cell]) throws {
      count += 1
      try receiver.receive(row)
    }
  }

  /// Which way dependencies are followed.
  package enum DependencyDirection: Sendable {
    /// What an entity needs.
    case needs
    /// What needs the entity.
    case neededBy
  }

  /// Hands on everything that an entity needs, or that needs it, over any number of edges, nearest first.
  ///
  /// Each entity comes once, with the edge that it was met by first. Cycles end it where they began.
  ///
  /// Rows: depth, ref, type of the edge, the ref it was met from (`via`), whether it is in the catalog.
  ///
  /// - Returns: False when nothing of this ref is in the catalog; then there are no rows.
  package func dependencies(
    of ref: String,
    _ direction: DependencyDirection,
    limit: Int? = nil,
    to receiver: inout some RowReceiver
  ) throws -> Bool {
    let (from, to) = direction == .needs ? ("source_ref", "target_ref") : ("target_ref", "source_ref")
    return try pool.read { db in
      let known = "SELECT EXISTS (SELECT 1 FROM entity WHERE ref = ? AND is_holder = 1)"
      guard try Bool.fetchOne(db, sql: known, arguments: [ref]) ?? false else { return false }
      try receiver.begin(columns: ["depth", "ref", "type", "via", "exists"])
      let edges = try db.makeStatement(
        sql: "SELECT \(to), type, target_exists FROM report_dependencies WHERE \(from) = ? ORDER BY 1, 2"
      )
      var seen: Set<String> = [ref]
      var layer = [ref]
      var (depth, count) = (0, 0)
      while !layer.isEmpty {
        depth += 1
        var next: [String] = []
        for via in layer {
          for edge in try Row.fetchAll(edges, arguments: [via]) {
            let met: String = edge[0]
            guard seen.insert(met).inserted else { continue }
            if let limit, count >= limit { return true }
            count += 1
            next.append(met)
            let exists: Int64 = direction == .needs ? edge[2] : 1
            try receiver.receive([
              .integer(Int64(depth)), .text(met), .text(edge[1]), .text(via), .integer(exists),
            ])
          }
        }
        layer = next.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      }
      return true
    }
  }
}
