import Foundation
import Testing

@testable import CatalogServer

@Suite("Texts of pages")
struct PageTextTests {
  @Test(
    "what means something to HTML is escaped, whatever stands beside it",
    arguments: [
      ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
      ("\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;"),
      // One character to Swift, two to a browser.
      ("<\u{301}b", "&lt;\u{301}b"),
      ("\"\u{301} onfocus=x", "&quot;\u{301} onfocus=x"),
      ("\u{600}<script", "\u{600}&lt;script"),
      ("'\u{FE0F}>\u{200D}", "&#39;\u{FE0F}&gt;\u{200D}"),
      ("a\u{0}b\u{1B}[1mc\u{7F}", "a\u{FFFD}b\u{FFFD}[1mc\u{FFFD}"),
      ("two\n\tlines\r\n", "two\n\tlines\u{FFFD}\n"),
      ("שלום 🙂", "שלום 🙂"),
    ]
  )
  func escaping(text: String, escaped: String) {
    // As bytes: Swift takes texts that differ in them for the same.
    #expect(Array(PageText.escaped(text).utf8) == Array(escaped.utf8))
  }

  @Test(
    "a page leads to http, https and mail only",
    arguments: [
      ("https://example.com/a?b=c", true), ("HTTP://example.com", true), ("mailto:a@example.com", true),
      (" https://example.com", true), ("javascript:alert(1)", false), ("JaVaScRiPt:alert(1)", false),
      (" javascript:alert(1)", false), ("java\nscript:alert(1)", false), ("\u{1}javascript:alert(1)", false),
      ("data:text/html,<script>", false), ("vbscript:x", false), ("//example.com", false), ("/local", false),
      ("file:///etc/passwd", false), ("https://a\nb", false), ("", false), ("https:example.com", false),
    ]
  )
  func links(address: String, isAllowed: Bool) {
    #expect((PageText.link(address) != nil) == isAllowed)
  }

  @Test("a long text is cut, and the whole of it is there to be pointed at")
  func cutting() {
    let shown = PageText.shown(String(repeating: "x", count: 10_000), 80, whole: 10_000)
    #expect(shown["text"] as? String == String(repeating: "x", count: 80) + "…")
    #expect((shown["whole"] as? String)?.count == 10_000)
    #expect(PageText.shown("short")["whole"] == nil)
    #expect(PageText.cut("abc", 3) == "abc")
    #expect(PageText.cut("abcd", 3) == "abc…")
  }

  @Test(
    "numbers have spaces between their thousands",
    arguments: [(0, "0"), (999, "999"), (1_000, "1\u{202F}000"), (1_234_567, "1\u{202F}234\u{202F}567")]
  )
  func numbers(number: Int, text: String) { #expect(PageText.number(number) == text) }

  @Test(
    "how long ago something was",
    arguments: [
      ("2026-09-21T14:13:00.000Z", "just now"), ("2026-09-21T13:13:20.000Z", "1 h ago"),
      ("2026-09-21T14:11:00.000Z", "2 min ago"), ("2026-09-21T14:13:50.000Z", "in 30 s"),
      ("2026-09-21T15:43:20.000Z", "in 1 h"), ("2026-09-01T00:00:00.000Z", "20 d ago"), ("t1", "t1"),
    ]
  )
  func moments(text: String, age: String) {
    let moment = PageText.moment(text, now: Date(timeIntervalSince1970: 1_790_000_000))
    #expect(moment?["age"] as? String == age)
  }

  @Test(
    "a form leads back to a page of ours only",
    arguments: [
      ("/", true), ("/catalog?q=a", true), ("//evil.example", false), ("/\\evil.example", false),
      ("https://evil.example", false), ("", false), ("/a b", false), ("/a\r\nX: y", false),
      ("catalog", false),
    ]
  )
  func back(address: String, isOwn: Bool) { #expect(PageAddress.isOwn(address) == isOwn) }

  @Test(
    "addresses of entities say every character",
    arguments: [
      ("component:default/web", "/entities/component/default/web"),
      ("x:y/a b/c?d#<\"'%", "/entities/x/y/a%20b%2Fc%3Fd%23%3C%22%27%25"),
      ("api:n/ü", "/entities/api/n/%C3%BC"),
    ]
  )
  func entities(ref: String, address: String) { #expect(PageAddress.entity(ref) == address) }

  @Test("fields of a form are decoded, without blanks around them; the first of a name counts")
  func fields() {
    let fields = FormFields("q=a+b%26c&kind=&tag=%20x%20&q=z&broken=%ZZ&alone&owner=%C3%BC")
    #expect(fields["q"] == "a b&c")
    #expect(fields["kind"] == nil)
    #expect(fields["tag"] == "x")
    #expect(fields["broken"] == nil)
    #expect(fields["alone"] == nil)
    #expect(fields["owner"] == "ü")
    #expect(FormFields("q=" + String(repeating: "x", count: 2_001))["q"] == nil)
  }
}
