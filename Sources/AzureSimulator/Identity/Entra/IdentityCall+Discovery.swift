import Foundation

extension IdentityCall {
  /// Where a tenant's endpoints are (OpenID Connect Discovery 1.0, section 4; facts/azure-identity.md 8.1).
  func discovery(_ name: String) -> SimulatorResponse {
    do throws(EntraError) {
      let tenant = try tenant(name)
      var json = JSONWriter()
      json.object {
        $0.field("token_endpoint", "\(base)/\(name)/oauth2/v2.0/token")
        $0.field("authorization_endpoint", "\(base)/\(name)/oauth2/v2.0/authorize")
        $0.field("device_authorization_endpoint", "\(base)/\(name)/oauth2/v2.0/devicecode")
        $0.field("jwks_uri", "\(base)/\(name)/discovery/v2.0/keys")
        $0.field("issuer", World.Identity.issuer(of: tenant.id))
        $0.array("response_types_supported") { $0.string("code") }
        $0.array("subject_types_supported") { $0.string("pairwise") }
        $0.field("tenant_region_scope", "EU")
        $0.field("cloud_instance_name", "microsoftonline.com")
      }
      return self.json(200, json.buffer)
    } catch {
      return failure(error)
    }
  }

  /// Whether an authority's host is one of Entra ID's, this simulator's included (facts/azure-identity.md 5.4).
  func instanceDiscovery() -> SimulatorResponse {
    let endpoint = request.query.value("authorization_endpoint").flatMap { URL(string: $0) }
    guard let endpoint, endpoint.scheme == "https", let host = endpoint.host() else {
      return failure(EntraError(50049, "'authorization_endpoint' is no https address."))
    }
    let own = URL(string: base)?.host()
    guard host == own || Self.knownHosts.contains(host) else { return failure(EntraError(50049)) }
    let tenant = endpoint.path().split(separator: "/").first ?? "common"
    var json = JSONWriter()
    json.object { json in
      json.field(
        "tenant_discovery_endpoint",
        "\(host == own ? base : "https://\(host)")/\(tenant)/v2.0/.well-known/openid-configuration"
      )
      json.field("api-version", "1.1")
      json.array("metadata") {
        $0.object {
          $0.field("preferred_network", host)
          $0.field("preferred_cache", host)
          $0.array("aliases") { $0.string(host) }
        }
      }
    }
    return self.json(200, json.buffer)
  }

  private static let knownHosts: Set<String> = [
    "login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net",
    "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn",
  ]
}
