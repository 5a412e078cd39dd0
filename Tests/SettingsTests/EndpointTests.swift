import Testing

@testable import Settings

/// Where requests go, and which may go without TLS (decisions.md 3 and 4).
@Suite struct EndpointTests {
  private func problems(_ crawler: String) -> [String] {
    SettingsFixture.problems("crawler: {\(crawler)}")
  }

  @Test func `a host is reached with TLS unless an endpoint says otherwise`() throws {
    let settings = try SettingsFixture.read(
      """
      crawler:
        endpoints:
          dev.azure.com: http://127.0.0.1:8400
          login.microsoftonline.com: https://LOCALHOST:8443/entra/
          169.254.169.254: http://169.254.169.254
        allowPlainHTTP: [server.example]
      """
    )

    #expect(settings.baseURL(forHost: "dev.azure.com") == "http://127.0.0.1:8400")
    #expect(settings.baseURL(forHost: "DEV.azure.com") == "http://127.0.0.1:8400")
    #expect(settings.baseURL(forHost: "login.microsoftonline.com") == "https://localhost:8443/entra")
    #expect(settings.baseURL(forHost: "169.254.169.254") == "http://169.254.169.254")
    #expect(settings.baseURL(forHost: "almsearch.dev.azure.com") == "https://almsearch.dev.azure.com")
    #expect(settings.baseURL(forHost: "server.example") == "http://server.example")
    #expect(settings.baseURL(forHost: "server.example:8080") == "https://server.example:8080")
  }

  @Test(arguments: ["http://localhost:1", "http://127.8.9.1", "http://[::1]:8400", "http://169.254.1.2:80"])
  func `plain HTTP to this machine is harmless`(url: String) {
    #expect(problems("endpoints: {dev.azure.com: '\(url)'}").isEmpty)
  }

  @Test(arguments: [
    "http://10.0.0.5", "http://server.example", "http://127.0.0.1.example", "http://localhost.example",
  ])
  func `plain HTTP to another machine is refused`(url: String) {
    let problems = problems("endpoints: {dev.azure.com: '\(url)'}")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("crawler.endpoints.dev.azure.com: got '\(url)', wanted https") == true)
  }

  @Test func `plain HTTP to a server that is listed draws a warning`() throws {
    let settings = try SettingsFixture.read(
      "crawler: {organizations: [o], allowPlainHTTP: ['sim:8400'], endpoints: {dev.azure.com: 'http://sim:8400'}}"
    )

    #expect(settings.crawler.endpoints == ["dev.azure.com": "http://sim:8400"])
    #expect(
      settings.warnings.map(\.message) == ["requests to sim:8400, credentials included, travel in the clear"]
    )
  }

  @Test(arguments: ["dev.azure.com", "org.visualstudio.com", "login.microsoftonline.com"])
  func `plain HTTP to Microsoft's hosts cannot be allowed`(host: String) {
    let problems = problems("allowPlainHTTP: [\(host)]")

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains("crawler.allowPlainHTTP[0]: got '\(host)', wanted a server of your own")
        == true
    )
  }

  @Test(arguments: [
    "dev.azure.com", "ftp://a.com", "https://a.com/?x=1", "https://a.com/#x", "https://", "https://a b.com",
    "https://a.com:99999",
  ])
  func `an endpoint that is no base URL is refused`(url: String) {
    let problems = problems("endpoints: {dev.azure.com: '\(url)'}")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("endpoints.dev.azure.com: got '\(url)', wanted a URL like") == true)
  }

  @Test func `a password in an endpoint is refused and not shown`() {
    let problems = problems("endpoints: {dev.azure.com: 'https://user:geheim@a.com'}")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("got 'https://***@a.com'") == true)
  }

  @Test func `an endpoint's key is a host`() {
    #expect(problems("endpoints: {'https://a.com': 'https://b.com'}").count == 1)
  }

  @Test(arguments: ["proxy.example:3128", "ftp://proxy", "http://proxy/path", "http://user:geheim@pro xy"])
  func `a proxy that is no URL is refused, its password not shown`(url: String) {
    let problems = problems("proxy: '\(url)'")

    #expect(problems.count == 1)
    #expect(problems.first?.contains("crawler.proxy: got '") == true)
    #expect(problems.first?.contains("geheim") == false)
  }

  @Test(arguments: [
    ("8080", ListenAddress(host: "127.0.0.1", port: 8080)),
    ("':8080'", ListenAddress(host: "0.0.0.0", port: 8080)),
    ("localhost:0", ListenAddress(host: "localhost", port: 0)),
    ("'[::]:1'", ListenAddress(host: "::", port: 1)),
  ])
  func `an address to listen at is a host and a port`(text: String, address: ListenAddress) throws {
    #expect(try SettingsFixture.read("crawler: {listen: \(text)}").crawler.listen == address)
  }
}
