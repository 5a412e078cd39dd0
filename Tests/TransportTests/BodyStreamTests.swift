import Foundation
import TestSupport
import Testing
import Transport

@Suite(.timeLimit(.minutes(1)))
struct BodyStreamTests {
  private let owner = ClientOwner()
  private var client: CurlClient { owner.client }

  /// A chunked answer of a million bytes.
  private static func largeAnswer() throws -> LoopbackServer {
    try LoopbackServer { connection in
      _ = connection.readHead()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      for index in 0..<1000 {
        let line = String(repeating: Character(UnicodeScalar(UInt8(97 + index % 26))), count: 1000)
        connection.write("3e8\r\n\(line)\r\n")
      }
      connection.write("0\r\n\r\n")
    }
  }

  @Test func `a large body arrives whole though only little of it may wait`() async throws {
    let server = try Self.largeAnswer()
    let stream = BodyStream(capacity: 4096)
    var request = HTTPRequest(url: server.url)
    request.bodyStream = stream

    async let response = client.send(request)
    var body: [UInt8] = []
    for await chunk in stream { body += chunk }

    #expect(try await response.status == 200)
    #expect(try await response.body == [])
    #expect(body.count == 1_000_000)
    #expect(body[0] == UInt8(ascii: "a") && body[999_999] == UInt8(ascii: "l"))
  }

  @Test func `an answer that is no success is in the response and not in the stream`() async throws {
    let server = try LoopbackServer { $0.answerAll("HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nstop") }
    let stream = BodyStream()
    var request = HTTPRequest(url: server.url)
    request.bodyStream = stream

    async let response = client.send(request)
    var chunks = 0
    for await _ in stream { chunks += 1 }

    #expect(try await response.body == Array("stop".utf8))
    #expect(chunks == 0)
  }

  @Test func `a body that is cut ends the stream, and the answer says that it was cut`() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readHead()
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    }
    let stream = BodyStream()
    var request = HTTPRequest(url: server.url)
    request.bodyStream = stream

    let sent = request
    let answer = Task { [client] in try await client.send(sent) }
    var body: [UInt8] = []
    for await chunk in stream { body += chunk }

    #expect(body == Array("hello".utf8))
    await #expect(throws: TransportError.self) { try await answer.value }
  }

  @Test func `a reader that is cancelled reads no more`() async throws {
    let stream = BodyStream()
    let task = Task {
      var count = 0
      for await _ in stream { count += 1 }
      return count
    }

    task.cancel()

    #expect(await task.value == 0)
  }

  @Test func `a full stream takes nothing until it is read, and then says so`() async throws {
    let stream = BodyStream(capacity: 4)
    let resumed = Locked(0)
    let resume: @Sendable () -> Void = { resumed.withLock { $0 += 1 } }

    #expect(stream.offer([1, 2, 3], resume: resume))
    #expect(stream.offer([4, 5], resume: resume))
    #expect(!stream.offer([6], resume: resume))
    #expect(resumed.withLock { $0 } == 0)
    var iterator = stream.makeAsyncIterator()
    #expect(await iterator.next() == [1, 2, 3])

    #expect(resumed.withLock { $0 } == 1)
    #expect(stream.offer([6], resume: resume))
  }
}
