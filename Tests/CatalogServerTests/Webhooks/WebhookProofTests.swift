import CatalogServer
import Foundation
import Settings
import Testing

@Suite("What a webhook proves")
struct WebhookProofTests {
  private static func basic(_ text: String) -> String { "Basic \(Data(text.utf8).base64EncodedString())" }

  @Test("without a secret in the settings nothing is proof, whatever is sent")
  func nothingSet() {
    let settings = WebhookSettings()
    for secret in [nil, "", "x"] {
      for authorization in [nil, "", Self.basic(":"), Self.basic("")] {
        #expect(!WebhookProof.isGiven(secret: secret, authorization: authorization, for: settings))
      }
    }
  }

  @Test("one of those that are set is enough, and one that is not set proves nothing")
  func either() {
    var settings = WebhookSettings()
    settings.secret = Secret("a-secret-of-a-webhook")
    let good = "a-secret-of-a-webhook"
    #expect(WebhookProof.isGiven(secret: good, authorization: nil, for: settings))
    #expect(!WebhookProof.isGiven(secret: nil, authorization: Self.basic(":\(good)"), for: settings))
    settings.basic = WebhookSettings.Basic(username: "u", password: Secret("p"))
    #expect(WebhookProof.isGiven(secret: "wrong", authorization: Self.basic("u:p"), for: settings))
    #expect(!WebhookProof.isGiven(secret: "wrong", authorization: Self.basic("u:q"), for: settings))
    settings.secret = nil
    #expect(!WebhookProof.isGiven(secret: good, authorization: nil, for: settings))
  }
}
