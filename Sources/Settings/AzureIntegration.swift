/// A host of Azure DevOps and the credentials for it: one element of `integrations.azure`
/// (facts/backstage-azure.md 1.1).
package struct AzureIntegration: Sendable, Equatable {
  /// Host in lower case, with its port if it has one: `dev.azure.com`, `server.example:8080`.
  package var host: String
  /// In the order of the file; empty when none are configured.
  package var credentials: [CredentialSettings]
  /// The `api-version` an old on-premises server wants; nil leaves it to the client
  /// (facts/backstage-azure.md 1.6).
  package var apiVersion: String?

  package init(host: String, credentials: [CredentialSettings] = [], apiVersion: String? = nil) {
    self.host = host
    self.credentials = credentials
    self.apiVersion = apiVersion
  }
}
