import Settings

/// Settings that `init` writes: organizations of one host with one kind of credential.
struct NewSettings: Sendable {
  /// How the crawler signs in.
  enum Credential: Sendable, Equatable {
    /// A token for each organization, each in a variable of its own.
    case personalAccessToken
    /// A service principal whose secret is in a variable.
    case servicePrincipal(tenantID: String, clientID: String)
    /// An identity that Azure gives to the machine: `system-assigned` or a client id.
    case managedIdentity(String)
  }

  var host: String
  var organizations: [String]
  var credential: Credential
  /// The database as it is to be written; nil for the default.
  var database: String?
  /// The variable of the secret; nil for one that follows from the organization's name.
  var variable: String?

  /// The variables that hold secrets, in the order of the file; empty when there is no secret.
  var variables: [String] {
    switch credential {
    case .personalAccessToken: organizations.map(tokenVariable)
    case .servicePrincipal: [variable ?? "AZURE_CLIENT_SECRET"]
    case .managedIdentity: []
    }
  }

  private func tokenVariable(_ organization: String) -> String {
    if let variable, organizations.count == 1 { return variable }
    let name = organization.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    let start = name.first?.isNumber == true ? "_" : ""
    return start + String(name) + "_TOKEN"
  }

  /// The file; no secret is in it.
  var yaml: String {
    var lines = [
      "# Settings of catalog-crawler, which are those of Backstage with a key 'crawler' of its own.",
      "# Secrets stay out of this file: ${NAME} stands for an environment variable.",
      "# Every key: docs/settings.md, or 'catalog-crawler settings schema' for editors.",
      "integrations:",
      "  azure:",
      "    - host: \(Self.quoted(host))",
      "      credentials:",
    ]
    switch credential {
    case .personalAccessToken:
      for organization in organizations {
        lines += [
          "        # A personal access token of this organization with the scope Code (Read).",
          "        - organizations: [\(Self.quoted(organization))]",
          "          personalAccessToken: ${\(tokenVariable(organization))}",
        ]
      }
    case .servicePrincipal(let tenantID, let clientID):
      lines += [
        "        # A service principal that is a user of each organization.",
        "        - organizations: [\(organizations.map(Self.quoted).joined(separator: ", "))]",
        "          tenantId: \(Self.quoted(tenantID))",
        "          clientId: \(Self.quoted(clientID))",
        "          clientSecret: ${\(variable ?? "AZURE_CLIENT_SECRET")}",
      ]
    case .managedIdentity(let identity):
      lines += [
        "        # An identity that Azure gives to this machine, and that is a user of each organization.",
        "        - organizations: [\(organizations.map(Self.quoted).joined(separator: ", "))]",
        "          clientId: \(Self.quoted(identity))",
      ]
    }
    if let database { lines += ["", "crawler:", "  database: \(Self.quoted(database))"] }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text as a YAML scalar: plain when it can be nothing else, else in double quotes.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.first.map { $0.isASCII && $0.isLetter } == true
      && text.utf8.allSatisfy { byte in
        byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
          || "-._".utf8.contains(byte)
      }
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    if isPlain { return text }
    // '$' followed by '{' would be a variable.
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
      "${",
      with: "$${"
    )
    return "\"\(escaped)\""
  }
}
