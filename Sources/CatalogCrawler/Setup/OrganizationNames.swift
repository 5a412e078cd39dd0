import Foundation
import Settings

/// The names of organizations in what people type or paste.
enum OrganizationNames {
  /// Names with blanks or commas between them; an address as the browser shows it stands for its organization.
  ///
  /// - Throws: What was expected and what came.
  static func read(_ text: String, host: String) throws(Questions.Fault) -> [String] {
    let words = text.split { $0 == "," || $0 == ";" || $0.isWhitespace }.map(String.init)
    var names: [String] = []
    for word in words {
      let name = try name(word, host)
      if !names.contains(where: { $0.lowercased() == name.lowercased() }) { names.append(name) }
    }
    guard !names.isEmpty else { throw Questions.Fault(message: "expected the name of an organization") }
    return names
  }

  private static func name(_ word: String, _ host: String) throws(Questions.Fault) -> String {
    guard let url = URL(string: word), url.scheme != nil else { return try checked(word, host, word) }
    let found = url.host()?.lowercased() ?? ""
    guard found == host.lowercased() else {
      throw Questions.Fault(
        message: "expected an organization of \(host), got '\(word)'; another host is said by --host"
      )
    }
    let parts = url.path().split(separator: "/").map(String.init)
    if let organization = AzureHost.visualStudioOrganization(of: found) { return organization }
    return try checked(parts.first ?? "", host, word)
  }

  /// Names of dev.azure.com are letters, digits and hyphens; servers of one's own take others.
  private static func checked(_ name: String, _ host: String, _ word: String) throws(Questions.Fault)
    -> String
  {
    let isName =
      host == AzureHost.services
      ? name.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9-]{0,48}[A-Za-z0-9])?/) != nil : !name.isEmpty
    guard isName else {
      throw Questions.Fault(
        message:
          "expected the name of an organization, such as contoso of https://\(host)/contoso, got '\(word)'"
      )
    }
    return name
  }
}
