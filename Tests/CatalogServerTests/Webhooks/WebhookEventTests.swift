import CatalogServer
import Testing

@Suite("What a webhook tells")
struct WebhookEventTests {
  @Test("an id of marks upon marks is one character and no id: ids wait in memory")
  func marks() throws {
    let id = "a" + String(repeating: "\u{301}", count: 2_000)

    let event = try WebhookEvent(json: Array(#"{"eventType":"git.push","id":"\#(id)"}"#.utf8))

    #expect(event.id == nil)
  }
}
