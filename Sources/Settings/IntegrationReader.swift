/// Reads `integrations.azure` (facts/backstage-azure.md 1.1 to 1.5).
struct IntegrationReader {
  /// An integration with the setting it was read from.
  private struct Found {
    var integration: AzureIntegration
    var setting: Setting
  }

  /// The integrations in the order of the file, with `dev.azure.com` at the end when it is not written.
  func read(_ setting: Setting) -> [AzureIntegration] {
    let found = (setting.objects() ?? []).compactMap(integration)
    checkAcrossEntries(found)
    var integrations = found.map(\.integration)
    if !integrations.contains(where: { $0.host == AzureHost.services }) {
      integrations.append(AzureIntegration(host: AzureHost.services))
    }
    return integrations
  }

  private func integration(_ setting: Setting) -> Found? {
    checkRemovedKeys(of: setting)
    let host = host(setting["host"])
    let reader = CredentialReader(host: host ?? "")
    let credentials = (setting["credentials"].elements() ?? []).enumerated().compactMap { index, element in
      reader.read(element, position: index + 1)
    }
    let apiVersion = setting["apiVersion"].string()
    guard let host else { return nil }
    checkKinds(of: credentials, host: host, setting: setting["credentials"])
    return Found(
      integration: AzureIntegration(host: host, credentials: credentials, apiVersion: apiVersion),
      setting: setting["credentials"]
    )
  }

  /// A leftover `token` or `credential` holds a secret that nobody uses, so it is refused.
  private func checkRemovedKeys(of setting: Setting) {
    for key in ["token", "credential"] {
      if case .string("") = setting[key].node?.content { continue }
      guard setting[key].isPresent else { continue }
      setting[key].fail("the key '\(key)' is not supported any more; wanted 'credentials', a list")
    }
  }

  private func host(_ setting: Setting) -> String? {
    guard setting.isWritten else { return AzureHost.services }
    guard let host = setting.string() else { return nil }
    guard AzureHost.isValid(host) else {
      setting.fail("got '\(host)', wanted a host in lower case with nothing before or behind it but a port")
      return nil
    }
    return host
  }

  private func checkKinds(of credentials: [CredentialSettings], host: String, setting: Setting) {
    for credential in credentials {
      let element = "\(setting.keyPath)[\(credential.position - 1)]"
      if case .personalAccessToken = credential.kind {
        // Tokens for all organizations stop working on 2026-12-01 (facts/backstage-azure.md 2.7).
        if host == AzureHost.services, credential.organizations.count != 1 {
          let message =
            "a personal access token should name exactly one organization: tokens for all "
            + "organizations stop working on 1 December 2026"
          setting.problems.warn(credential.place, element, message)
        }
      } else if host != AzureHost.services, AzureHost.visualStudioOrganization(of: host) == nil {
        let message =
          "got a \(credential.kind.name), wanted a personal access token: host \(host) takes no other "
          + "credential"
        setting.problems.add(credential.place, element, message)
      }
    }
  }
}

// MARK: - Contradictions

extension IntegrationReader {
  /// A credential and what to call it.
  private struct Named {
    var credential: CredentialSettings
    var setting: Setting
    /// For example `1`, or `1 of integrations.azure[2]` when the host is written in several places.
    var label: String
  }

  private func checkAcrossEntries(_ found: [Found]) {
    var hosts: [String] = []
    for entry in found where !hosts.contains(entry.integration.host) { hosts.append(entry.integration.host) }
    for host in hosts {
      let entries = found.filter { $0.integration.host == host }
      for entry in entries.dropFirst() {
        entry.setting.warn("host \(host) is written more than once")
      }
      let named = entries.flatMap { entry in
        entry.integration.credentials.map { credential in
          let origin = entries.count > 1 ? " of \(entry.setting.keyPath)" : ""
          return Named(
            credential: credential,
            setting: entry.setting,
            label: "\(credential.position)\(origin)"
          )
        }
      }
      checkOrganizations(of: named)
      checkWithoutOrganizations(named, host: host)
    }
  }

  /// Azure DevOps ignores the letter case of organizations, so names that differ only in it are the same.
  private func checkOrganizations(of credentials: [Named]) {
    var users: [(name: String, credentials: [Named])] = []
    for named in credentials {
      for name in named.credential.organizations {
        if let index = users.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
          users[index].credentials.append(named)
        } else {
          users.append((name, [named]))
        }
      }
    }
    for (name, credentials) in users where credentials.count > 1 {
      let labels = credentials.map(\.label).joined(separator: " and ")
      report(credentials, "organization \(name) is named more than once, by credentials \(labels)")
    }
  }

  private func checkWithoutOrganizations(_ credentials: [Named], host: String) {
    let general = credentials.filter { $0.credential.organizations.isEmpty }
    guard general.count > 1 else { return }
    let labels = general.map(\.label).joined(separator: " and ")
    report(general, "host \(host) has more than one credential without organizations: \(labels)")
  }

  private func report(_ credentials: [Named], _ message: String) {
    guard let last = credentials.last else { return }
    last.setting.problems.add(last.credential.place, last.setting.keyPath, message)
  }
}
