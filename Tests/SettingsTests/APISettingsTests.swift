import Foundation
import Testing

@testable import Settings

@Suite("crawler.api and crawler.webhooks")
struct APISettingsTests {
  @Test("a token and its hash are the same setting, and only the hash is kept")
  func hashes() throws {
    let hash = "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
    let tokens = try SettingsFixture.read(
      """
      crawler:
        api:
          tokens:
            - {name: a, token: fedcba9876543210, scope: refresh}
            - {name: b, token: '\(hash)', scope: admin, expires: 2027-01-31}
      """
    ).crawler.api.tokens

    #expect(tokens.map(\.scope) == [.refresh, .admin])
    #expect(tokens[0].hash == TokenHash(of: "fedcba9876543210"))
    #expect(tokens[1].hash.matches("0123456789abcdef"))
    #expect(tokens[1].expires == Date(timeIntervalSince1970: 1_801_353_600))
    #expect(!"\(tokens)".contains("9f9f") && !"\(tokens)".contains("fedcba9876543210"))
  }

  @Test("a hash is of one text only")
  func matches() {
    let hash = TokenHash(of: "0123456789abcdef")
    #expect(hash.matches("0123456789abcdef"))
    #expect(!hash.matches("0123456789abcdeF") && !hash.matches("") && !hash.matches("0123456789abcdef "))
    #expect(TokenHash(text: "sha256:" + String(repeating: "0", count: 63) + "g") == nil)
    #expect(TokenHash(text: "sha256:" + String(repeating: "+0", count: 32)) == nil)
  }

  @Test("two tokens of one name are one that is being replaced")
  func rotation() throws {
    let tokens = try SettingsFixture.read(
      """
      crawler:
        api:
          tokens:
            - {name: portal, token: 0123456789abcdef, scope: read, expires: '2026-12-24T12:00:00Z'}
            - {name: portal, token: fedcba9876543210, scope: read}
      """
    ).crawler.api.tokens
    #expect(tokens.map(\.name) == ["portal", "portal"])
    #expect(tokens.map(\.expires) == [Date(timeIntervalSince1970: 1_798_113_600), nil])
  }

  @Test(
    "what cannot be meant is refused without showing it",
    arguments: [
      ("tokens: [{name: a, token: 'sha256:abc'}]", "token: got 'sha256:' without the 64 hexadecimal digits"),
      (
        "tokens: [{name: a, token: 0123456789abcdef}, {name: b, token: 0123456789abcdef}]",
        "tokens[1].token: got the same token twice"
      ),
      (
        "tokens: [{name: a, token: 0123456789abcdef}, {name: a, token: 1123456789abcdef, scope: admin}]",
        "tokens[1].scope: got 'admin', wanted 'read' as the other token of the name"
      ),
      (
        "tokens: [{name: a, token: 0123456789abcdef}, {name: a, token: 1123456789abcdef}, "
          + "{name: a, token: 2123456789abcdef}]",
        "tokens[2].name: got 'a' three times"
      ),
      (
        "tokens: [{name: a, token: 0123456789abcdef, scope: all}]",
        "scope: got 'all', wanted 'read' or 'refresh'"
      ),
      ("tokens: [{name: a, token: 0123456789abcdef, expires: soon}]", "expires: got 'soon', wanted a day"),
      ("hosts: ['https://a']", "hosts[0]: got 'https://a', wanted a host name"),
      ("hosts: ['a:80']", "hosts[0]: got 'a:80', wanted a host name"),
      ("limits: {connections: 0}", "limits.connections: got 0, wanted a number from 1 to 100000"),
      ("limits: {bodybytes: 1}", "limits.bodybytes: unknown key; did you mean 'bodyBytes'?"),
    ]
  )
  func faults(text: String, message: String) {
    let problems = SettingsFixture.problems("crawler:\n  api:\n    \(text)")
    #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    #expect(!problems.joined().contains("0123456789abcdef"))
  }

  @Test("webhooks are taken with a secret, a password, or not at all")
  func webhooks() throws {
    #expect(try !SettingsFixture.read("crawler: {}").crawler.webhooks.isOn)
    let secret = try SettingsFixture.read(
      "crawler: {webhooks: {secret: 0123456789abcdef, settle: 5s}}"
    ).crawler.webhooks
    #expect(secret.isOn && secret.settle == .seconds(5) && secret.secret?.reveal() == "0123456789abcdef")
    let basic = try SettingsFixture.read(
      "crawler: {webhooks: {username: hook, password: 0123456789abcdef}}"
    ).crawler.webhooks
    #expect(basic.isOn && basic.basic?.username == "hook" && basic.settle == .seconds(10))
  }

  @Test(
    "a proof that is none is refused",
    arguments: [
      ("{secret: short}", "crawler.webhooks.secret: got a secret of 5 characters, wanted at least 16"),
      ("{username: a}", "crawler.webhooks.password: missing required value"),
      ("{password: 0123456789abcdef}", "crawler.webhooks.username: missing required value"),
      ("{username: 'a:b', password: 0123456789abcdef}", "username: wanted a user name without a colon"),
      ("{settle: 2h}", "settle: got 2 h, wanted a duration from"),
    ]
  )
  func webhookFaults(text: String, message: String) {
    let problems = SettingsFixture.problems("crawler:\n  webhooks: \(text)")
    #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
  }
}
