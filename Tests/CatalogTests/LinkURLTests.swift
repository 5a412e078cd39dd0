import Catalog
import Testing

/// Which links are absolute URLs (facts/backstage-catalog.md 1.4; WHATWG URL Standard 4.4).
@Suite struct LinkURLTests {
  @Test(
    arguments: [
      "https://x", "http://x.example:8080/a?b#c", "ftp://h/p", "xyz://custom-protocol:4444/path",
      "mailto:a@b", "xyz:",
      "https:x", "https:/x", "https:\\\\x", "HTTPS://X", " https://x ", "ht\ttps://x", "https://u:p@x/",
      "https://@x",
      "https://é.example", "https://x:/", "https://x:65535", "https://127.0.0.1", "https://0x7f.1",
      "https://256",
      "https://a.0b", "https://[::1]:80/", "https://[2001:db8::1.2.3.4]", "https://[1:2:3:4:5:6:7:8]",
      "https://x/a b",
      "https://%61", "file:///a", "file:a", "file://host/a", "xyz:///a", "xyz://[::]", "https://a_b",
      "https://x..y",
      "javascript:x", "data:,x", "a+b-c.d:e", "https://x?y", "https://x#y",
    ]
  )
  func `an absolute URL is a link`(url: String) {
    #expect(faults(document(metadata: "{name: a, links: [{url: \(quoted(url))}]}")) == [])
  }

  @Test(
    arguments: [
      "", "abc", "/path", "//x", "https://", "https:", "https:///", "https://?x", "://x", "1a://x",
      "https://x:port",
      "https://x:65536", "https://a b", "https://a<b", "https://a|b", "https://a^b", "https://256.0.0.1",
      "https://1.2.3.4.5",
      "https://a.1", "https://0x100000000", "https://[::1", "https://[::g]", "https://[1:2]",
      "https://[1::2::3]",
      "https://[1:2:3:4:5:6:7:8:9]", "https://[::1.2.3]", "https://[::1.2.3.256]", "https://%00",
      "https://%2f", "https://%",
      "https://:80", "https://u@", "xyz://a b", "xyz://x:99999", "${{ values.url }}",
      "https://${{ values.host }}/x", "a b:c",
      "é:x", "https://\u{7F}",
    ]
  )
  func `anything else is no link`(url: String) {
    #expect(
      faults(document(metadata: "{name: a, links: [{url: \(quoted(url))}]}")) == [
        "link-url-format at metadata.links[0].url"
      ]
    )
  }

  private func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing(
      "\u{7F}",
      with: "\\x7f"
    )
    return "\"\(escaped)\""
  }
}
