import Transport

/// A client for one test, closed with the value.
final class ClientOwner: Sendable {
  let client = CurlClient()

  deinit { client.close() }
}
