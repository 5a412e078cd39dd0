/// One HTTP request, as a value.
package struct HTTPRequest: Sendable {
  /// The methods that our clients use.
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
  }

  /// How long each phase may take.
  package struct Timeouts: Sendable, Equatable {
    /// Until the connection stands, name look-up and TLS included.
    package var connect: Duration = .seconds(10)
    /// Without a single byte.
    ///
    /// Azure DevOps may hold an answer back for 30 s by its rules (facts/azure-devops-api.md 4.1), so this is
    /// well above.
    package var idle: Duration = .seconds(60)
    /// For the whole exchange.
    package var total: Duration = .seconds(120)

    package init() {}
  }

  /// How the server of a request with TLS is proven.
  package enum ServerTrust: Sendable, Equatable {
    /// By the system's certificate authorities and those of the client's configuration, and by its name.
    case authorities
    /// By nothing but this certificate (PEM), whatever name it has.
    case certificate([UInt8])
    /// Not at all: the connection is made, nothing of the request is sent, and the body of the answer
    /// (status 0) is the certificate (PEM) that the server shows.
    case lookOnly
  }

  package var method: Method
  /// An absolute `http` or `https` URL without user information.
  package var url: String
  /// Header fields in the order they are sent.
  ///
  /// A value with a line break is refused when sending.
  package var headers: [(name: String, value: String)]
  /// The body of a `POST`; nil means none.
  package var body: [UInt8]?
  /// The largest answer body to accept, in bytes, counted after decompression.
  package var bodyLimit = 16 << 20
  package var timeouts = Timeouts()
  package var serverTrust = ServerTrust.authorities
  /// Where the body of a 200 answer goes while it arrives; nil means into the response.
  ///
  /// Any other answer's body is in the response.
  package var bodyStream: BodyStream?

  package init(
    method: Method = .get,
    url: String,
    headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

extension HTTPRequest {
  /// Whether it goes over TLS.
  var isEncrypted: Bool {
    let scheme = "https:".utf8
    return url.utf8.prefix(scheme.count).elementsEqual(scheme) { byte, wanted in
      byte == wanted || (0x41...0x5A).contains(byte) && byte | 0x20 == wanted
    }
  }
}

/// What the server answered, whatever the status.
package struct HTTPResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: [UInt8]

  package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Sends a request and waits for the whole answer: the seam between the clients and the wire.
package typealias Send = @Sendable (HTTPRequest) async throws(TransportError) -> HTTPResponse

/// Why no answer came.
package enum TransportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// libcurl gave up, for example `(28, "Timeout was reached")`; the codes are libcurl's `CURLcode`.
  case failed(code: Int, reason: String)
  /// The answer is larger than the request accepts, in bytes.
  case bodyTooLarge(limit: Int)
  /// The request cannot be sent as it is: a caller's mistake or a malformed URL.
  case invalidRequest(String)
  /// The client was closed before the answer was there.
  case closed
  /// The task that waits was cancelled.
  case cancelled

  package var description: String {
    switch self {
    case .failed(let code, let reason): "\(reason) (libcurl error \(code))"
    case .bodyTooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .invalidRequest(let reason): reason
    case .closed: "the HTTP client is closed"
    case .cancelled: "cancelled"
    }
  }
}
