import Foundation

/// Reads `crawler.api` and `crawler.webhooks`.
enum APIReader {
  /// The shortest token or secret, in characters.
  private static let shortest = 16
  private static let hour = Duration.seconds(3600)

  static func api(_ setting: Setting) -> APISettings {
    var api = APISettings()
    let setting = setting.knownKeys(["tokens", "tls", "plainHTTP", "hosts", "limits"])
    api.tokens = tokens(setting["tokens"])
    let tls = setting["tls"].knownKeys(["certificateFile", "keyFile"])
    if tls.isPresent {
      for key in ["certificateFile", "keyFile"] where !tls[key].isWritten { tls[key].failMissing() }
      if let certificate = tls["certificateFile"].path(), let key = tls["keyFile"].path() {
        api.tls = TLSFiles(certificateFile: certificate, keyFile: key)
      }
    }
    setting["plainHTTP"].boolean().map { api.plainHTTP = $0 }
    api.hosts = (setting["hosts"].elements() ?? []).compactMap(host)
    api.limits = limits(setting["limits"])
    return api
  }

  private static func limits(_ setting: Setting) -> APILimits {
    var limits = APILimits()
    let setting = setting.knownKeys(["connections", "headerBytes", "bodyBytes", "idle", "body", "stall"])
    setting["connections"].integer(in: 1...100_000).map { limits.connections = $0 }
    setting["headerBytes"].integer(in: 1024...1_048_576).map { limits.headerBytes = $0 }
    setting["bodyBytes"].integer(in: 1024...104_857_600).map { limits.bodyBytes = $0 }
    let range = Duration.milliseconds(100)...Self.hour
    setting["idle"].duration(in: range).map { limits.idle = $0 }
    setting["body"].duration(in: range).map { limits.body = $0 }
    setting["stall"].duration(in: range).map { limits.stall = $0 }
    return limits
  }

  private static func host(_ setting: Setting) -> String? {
    guard let text = setting.requiredString() else { return nil }
    let name = text.lowercased()
    guard AzureHost.isValid(name), !name.contains(":") || name.hasPrefix("[") && name.hasSuffix("]") else {
      setting.fail("got '\(text)', wanted a host name without scheme, port and path")
      return nil
    }
    return name
  }

  private static func tokens(_ setting: Setting) -> [APIToken] {
    var tokens: [APIToken] = []
    for element in setting.objects() ?? [] {
      element.rejectUnknownKeys(["name", "token", "scope", "expires"])
      let name = element["name"].requiredString()
      let hash = element["token"].requiredString().flatMap { self.hash($0, element["token"]) }
      let scope = scope(element["scope"])
      let expires = date(element["expires"])
      guard let name, let hash else { continue }
      let others = tokens.filter { $0.name == name }
      if others.count > 1 {
        element["name"].fail(
          "got '\(name)' three times, wanted at most two: a token and the one that replaces it"
        )
      }
      if let other = others.first, other.scope != scope {
        element["scope"].fail(
          "got '\(scope.rawValue)', wanted '\(other.scope.rawValue)' as the other token of the name"
        )
      }
      if tokens.contains(where: { $0.hash == hash }) {
        element["token"].fail("got the same token twice")
      }
      tokens.append(APIToken(name: name, hash: hash, scope: scope, expires: expires))
    }
    return tokens
  }

  /// The hash of a token, which is written itself or as its hash.
  private static func hash(_ text: String, _ setting: Setting) -> TokenHash? {
    let text = text.trimmingWhiteSpace()
    if text.hasPrefix(TokenHash.prefix) {
      guard let hash = TokenHash(text: text) else {
        setting.fail("got '\(TokenHash.prefix)' without the 64 hexadecimal digits of a SHA-256 behind it")
        return nil
      }
      return hash
    }
    guard isLong(text, setting, "token") else { return nil }
    return TokenHash(of: text)
  }

  private static func isLong(_ text: String, _ setting: Setting, _ what: String) -> Bool {
    guard text.count < shortest else { return true }
    setting.fail("got a \(what) of \(text.count) characters, wanted at least \(shortest)")
    return false
  }

  /// `write` is what `admin` was called first.
  private static func scope(_ setting: Setting) -> APIToken.Scope {
    let words = APIToken.Scope.allCases.map(\.rawValue) + ["write"]
    guard let word = setting.word(among: words) else { return .read }
    return word == "write" ? .admin : APIToken.Scope(rawValue: word) ?? .read
  }

  /// A day, which is its first moment in UTC, or a moment.
  private static func date(_ setting: Setting) -> Date? {
    guard let text = setting.string() else { return nil }
    let moment = try? Date(text, strategy: .iso8601)  // a day is none
    let day = try? Date("\(text)T00:00:00Z", strategy: .iso8601)
    guard let date = moment ?? day else {
      setting.fail("got '\(text)', wanted a day like 2027-01-31 or a moment like 2027-01-31T12:00:00Z")
      return nil
    }
    return date
  }

  static func webhooks(_ setting: Setting) -> WebhookSettings {
    var webhooks = WebhookSettings()
    let setting = setting.knownKeys(["secret", "username", "password", "settle"])
    webhooks.secret = secret(setting["secret"], "secret")
    let (username, password) = (setting["username"], setting["password"])
    if username.isPresent || password.isPresent {
      for part in [username, password] where !part.isWritten { part.failMissing() }
      let name = username.string()
      if name?.contains(":") == true { username.fail("wanted a user name without a colon") }
      let word = secret(password, "password")
      if let name, let word { webhooks.basic = .init(username: name, password: word) }
    }
    setting["settle"].duration(in: .zero...Self.hour).map { webhooks.settle = $0 }
    return webhooks
  }

  private static func secret(_ setting: Setting, _ what: String) -> Secret? {
    guard let text = setting.string()?.trimmingWhiteSpace(), isLong(text, setting, what) else { return nil }
    guard !text.contains(where: \.isNewline) else {
      setting.fail("got a \(what) of several lines, wanted one")
      return nil
    }
    return Secret(text)
  }
}
