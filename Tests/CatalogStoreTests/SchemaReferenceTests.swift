import CatalogStore
import Foundation
import Testing

/// The page about the database says what the database has.
struct SchemaReferenceTests {
  @Test func `every table, view and column is explained`() throws {
    let unexplained = try SchemaReference().unexplained
    #expect(unexplained == [])
  }

  @Test func `docs/database.md is what Scripts/database-reference.sh writes`() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/database.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let parts = text.components(separatedBy: "<!-- below: Scripts/database-reference.sh -->\n")

    #expect(parts.count == 2)
    #expect(parts.last == (try SchemaReference().markdown), "run Scripts/database-reference.sh")
  }
}
