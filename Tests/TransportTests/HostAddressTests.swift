import Testing
import Transport

struct HostAddressTests {
  @Test(arguments: [
    ("http://127.0.0.1:8400/a", true), ("http://localhost/", true), ("http://LOCALHOST:1", true),
    ("http://[::1]:80/", true), ("http://127.9.9.9", true), ("http://user@127.0.0.1/", true),
    // Names that only look like loopback.
    ("http://127.0.0.1.example.com/", false), ("http://localhost.example.com/", false),
    ("http://127.0.0.1@example.com/", false), ("http://10.0.0.1/", false), ("https://dev.azure.com/", false),
  ])
  func `only loopback addresses are loopback`(url: String, isLoopback: Bool) {
    #expect(HostAddress.isLoopback(url) == isLoopback)
  }

  @Test(arguments: [
    ("http://169.254.169.254/metadata", true), ("http://[fe80::1]/", true), ("http://127.0.0.1/", true),
    ("http://169.255.0.1/", false), ("http://169.254.evil.example/", false),
  ])
  func `a proxy is never used for link-local addresses`(url: String, isLocal: Bool) {
    #expect(HostAddress.isLocal(url) == isLocal)
  }
}
