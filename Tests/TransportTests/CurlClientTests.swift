import Foundation
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1)))
struct CurlClientTests {
  private let owner = ClientOwner()
  private var client: CurlClient { owner.client }

  @Test func `an answer arrives with status, headers in any letter case, and body`() async throws {
    let server = try LoopbackServer {
      $0.answerAll("HTTP/1.1 203 Odd\r\nx-TFS-session:  abc \r\nContent-Length: 5\r\n\r\nhello")
    }

    let response = try await client.send(HTTPRequest(url: server.url))

    #expect(response.status == 203)
    #expect(response.headers["X-TFS-Session"] == "abc")
    #expect(response.headers["x-tfs-session"] == "abc")
    #expect(response.headers["X-TFS"] == nil)
    #expect(response.body == Array("hello".utf8))
  }

  @Test func `the request carries its headers and says who asks`() async throws {
    let heads = Locked<[String]>([])
    let server = try LoopbackServer { connection in
      while let head = connection.readHead() {
        heads.withLock { $0.append(head) }
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      }
    }
    var configuration = CurlClient.Configuration()
    configuration.userAgent = "catalog-crawler/9"
    let client = CurlClient(configuration: configuration)
    defer { client.close() }

    _ = try await client.send(HTTPRequest(url: server.url + "/a?b=%20", headers: [("X-One", "1")]))
    _ = try await client.send(HTTPRequest(url: server.url + "/second"))

    let seen = heads.withLock { $0 }
    #expect(seen[0].hasPrefix("GET /a?b=%20 HTTP/1.1\r\n"))
    #expect(seen[0].contains("\r\nX-One: 1\r\n"))
    #expect(seen[0].contains("\r\nUser-Agent: catalog-crawler/9\r\n"))
    #expect(seen[1].hasPrefix("GET /second HTTP/1.1\r\n"))
    #expect(!seen[1].contains("X-One"), "a handle that is used again must not keep another request's headers")
  }

  @Test(arguments: [200, 404, 401, 500])
  func `a connection is used again after an answer`(status: Int) async throws {
    let server = try LoopbackServer { $0.answerAll("HTTP/1.1 \(status) X\r\nContent-Length: 2\r\n\r\nok") }

    for _ in 0..<5 { _ = try await client.send(HTTPRequest(url: server.url)) }

    #expect(server.accepted == 1)
  }

  @Test func `there are never more connections than requests in flight`() async throws {
    let server = try LoopbackServer { $0.answerAll("HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno") }
    let request = HTTPRequest(url: server.url)

    try await withThrowingTaskGroup(of: Void.self) { [client] group in
      for _ in 0..<8 {
        group.addTask { for _ in 0..<50 { _ = try await client.send(request) } }
      }
      try await group.waitForAll()
    }

    #expect(server.maxOpen <= 8)
    #expect(server.accepted <= 8)
  }

  @Test func `a redirect is an answer and is not followed`() async throws {
    let heads = Locked(0)
    let server = try LoopbackServer { connection in
      while connection.readHead() != nil {
        heads.withLock { $0 += 1 }
        connection.write("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
      }
    }

    let response = try await client.send(
      HTTPRequest(url: server.url, headers: [("Authorization", "Basic x")])
    )

    #expect(response.status == 302)
    #expect(heads.withLock { $0 } == 1)
  }

  @Test func `a compressed body arrives as what it stands for`() async throws {
    // gzip of "hello hello hello\n"
    let body: [UInt8] = [
      0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0xff, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90,
      0x5c, 0x00, 0x3b, 0x7c, 0x8a, 0xdf, 0x12, 0, 0, 0,
    ]
    let server = try LoopbackServer { connection in
      while connection.readHead() != nil {
        connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n")
        connection.write(body)
      }
    }

    let response = try await client.send(HTTPRequest(url: server.url))

    #expect(response.body == Array("hello hello hello\n".utf8))
  }

  @Test func `a body over the limit is refused while it arrives`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readHead()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
      while connection.write(Array(chunk.utf8)) {}  // would never end
    }
    var request = HTTPRequest(url: server.url)
    request.bodyLimit = 100_000

    await #expect(throws: TransportError.bodyTooLarge(limit: 100_000)) {
      try await client.send(request)
    }
  }

  @Test func `an answer that never comes is a time-out`() async throws {
    let server = try LoopbackServer { $0.waitForClose() }
    var request = HTTPRequest(url: server.url)
    request.timeouts.total = .milliseconds(100)

    await #expect(throws: TransportError.failed(code: 28, reason: "Timeout was reached")) {
      try await client.send(request)
    }
  }

  @Test func `a body that ends early is an error`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readHead()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
    }

    let error = await #expect(throws: TransportError.self) {
      try await client.send(HTTPRequest(url: server.url))
    }

    guard case .failed(let code, _) = error else {
      Issue.record("expected a failure of libcurl, got \(String(describing: error))")
      return
    }
    #expect(code == 18)
  }

  @Test func `nobody listening is an error that says so`() async throws {
    let error = await #expect(throws: TransportError.self) {
      try await client.send(HTTPRequest(url: "http://127.0.0.1:1/"))
    }

    #expect(error == .failed(code: 7, reason: "Couldn't connect to server"))
  }

  @Test func `cancelling a task ends its request`() async throws {
    let gate = Gate()
    let server = try LoopbackServer { connection in
      _ = connection.readHead()
      Task { await gate.open() }
      connection.waitForClose()
    }
    let url = server.url

    let task = Task { [client] in try await client.send(HTTPRequest(url: url)) }
    await gate.wait()
    task.cancel()

    await #expect(throws: TransportError.cancelled) { try await task.value }
  }

  @Test func `a task that is cancelled already sends nothing`() async throws {
    let server = try LoopbackServer { $0.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
    let url = server.url
    let gate = Gate()

    let task = Task { [client] in
      await gate.wait()
      return try await client.send(HTTPRequest(url: url))
    }
    task.cancel()
    await gate.open()

    await #expect(throws: TransportError.cancelled) { try await task.value }
    #expect(server.accepted == 0)
  }

  @Test func `closing ends the requests under way and refuses new ones`() async throws {
    let gate = Gate()
    let server = try LoopbackServer { connection in
      _ = connection.readHead()
      Task { await gate.open() }
      connection.waitForClose()
    }
    let client = CurlClient()
    let url = server.url

    let task = Task { try await client.send(HTTPRequest(url: url)) }
    await gate.wait()
    client.close()

    await #expect(throws: TransportError.closed) { try await task.value }
    await #expect(throws: TransportError.closed) { try await client.send(HTTPRequest(url: url)) }
  }

  @Test(arguments: [("X-A", "b\r\nX-Evil: 1"), ("X-A\n", "b"), ("X-A", "b\0")])
  func `a header with a line break is refused`(name: String, value: String) async throws {
    let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: [(name, value)])

    let error = await #expect(throws: TransportError.self) { try await client.send(request) }

    guard case .invalidRequest = error else {
      Issue.record("expected a refusal, got \(String(describing: error))")
      return
    }
  }

  @Test func `a POST carries its body, and the next GET on the same handle none`() async throws {
    let heads = Locked<[String]>([])
    let server = try LoopbackServer { connection in
      guard let head = connection.readHead() else { return }
      heads.withLock { $0.append(head) }
      // The body is as long as the head says; what follows it is the next request.
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    _ = try await client.send(HTTPRequest(method: .post, url: server.url, body: Array("a=b".utf8)))
    _ = try await client.send(HTTPRequest(url: server.url))

    let seen = heads.withLock { $0 }
    #expect(seen[0].hasPrefix("POST / "))
    #expect(seen[0].contains("Content-Length: 3\r\n"))
    #expect(seen[1].hasPrefix("GET / "))
    #expect(!seen[1].contains("Content-Length"))
  }
}
