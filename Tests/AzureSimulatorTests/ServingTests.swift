import Foundation
import Testing

@testable import AzureSimulator

/// What only a real socket shows.
@Suite(.timeLimit(.minutes(1))) struct ServingTests {
  private static let items = "\(Sample.repository)/items?path=/a0"

  @Test func `an answer with a length comes with its headers and its date`() async throws {
    let text = try await Simulator(world: Sample.world).serving { base in
      try Socket(base).exchange(Self.request(Self.items, accept: "*/*"))
    }

    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.contains("\r\nContent-Length: 1\r\n"))
    #expect(text.contains("\r\nDate: "))
    #expect(text.contains("\r\nX-MSEdge-Ref: Ref A: "))
    #expect(text.hasSuffix("\r\n\r\nz"))
  }

  @Test func `the repository list comes in chunks and whole`() async throws {
    let world = World.generated(.init(repositories: 150))
    let text = try await Simulator(world: world).serving { base in
      try Socket(base).exchange(Self.request("/org1/_apis/git/repositories"))
    }

    #expect(text.lowercased().contains("\r\ntransfer-encoding: chunked\r\n"))
    #expect(!text.contains("Content-Length"))
    #expect(text.contains("],\"count\":150}"))
    #expect(text.hasSuffix("\r\n0\r\n\r\n"))
  }

  @Test func `a body that is posted arrives`() async throws {
    let body = #"["fa7af8bf5fdd704f73beb3adc5612682a98e1af5"]"#
    let text = try await Simulator(world: Sample.world).serving { base in
      try Socket(base).exchange(
        Self.request("\(Sample.repository)/blobs?api-version=7.0", method: "POST", body: body)
      )
    }

    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(text.contains("PK\u{3}\u{4}"))
  }

  @Test func `a connection that is cut before the answer gives nothing`() async throws {
    let simulator = Simulator(world: Sample.world)
    simulator.setFaults([FaultRule(answer: .connectionCutBeforeAnswer)])

    let text = try await simulator.serving { base in
      try Socket(base).exchange(Self.request(Self.items))
    }

    #expect(text.isEmpty)
  }

  @Test func `a connection that is cut in the body gives half of it under the whole length`() async throws {
    let simulator = Simulator(world: Sample.world)
    let whole = try await simulator.serving { base in
      try Socket(base).exchange(Self.request(Self.items))
    }
    simulator.setFaults([FaultRule(answer: .connectionCutInBody)])
    let half = try await simulator.serving { base in
      try Socket(base).exchange(Self.request(Self.items))
    }

    let length = try #require(Self.contentLength(whole))
    #expect(Self.contentLength(half) == length)
    #expect(Self.body(whole).utf8.count == length)
    #expect(Self.body(half).utf8.count == length / 2)
  }

  @Test func `a list that is cut has rows but neither end nor count`() async throws {
    let simulator = Simulator(world: .generated(.init(repositories: 300)))
    simulator.setFaults([FaultRule(route: "repositories", answer: .connectionCutInBody)])

    let text = try await simulator.serving { base in
      try Socket(base).exchange(Self.request("/org1/_apis/git/repositories"))
    }

    #expect(text.contains("service-000001"))
    #expect(!text.contains("service-000300"))
    #expect(!text.contains("\"count\""))
    #expect(!text.hasSuffix("0\r\n\r\n"))
  }

  @Test func `connections are counted while they are open, and kept for the next request`() async throws {
    let simulator = Simulator(world: Sample.world)
    try await simulator.serving { base in
      let sockets = try (0..<5).map { _ in try Socket(base) }
      for _ in 0..<2 {
        for socket in sockets {
          try socket.send(Self.request(Self.items, closing: false))
          #expect(try socket.receive(until: "}}}").hasPrefix("HTTP/1.1 200 OK"))
        }
      }
    }

    #expect(simulator.requests.maxConnections == 5)
    #expect(simulator.requests.total == 10)
  }

  @Test func `serving ends with connections open, and can begin again`() async throws {
    let simulator = Simulator(world: Sample.world)
    let socket = try await simulator.serving { base in
      let socket = try Socket(base)
      try socket.send(Self.request(Self.items, closing: false))
      _ = try socket.receive(until: "}}}")
      return socket
    }
    let rest = try socket.receiveAll()
    let again = try await simulator.serving { base in
      try Socket(base).exchange(Self.request(Self.items))
    }

    #expect(rest.isEmpty)
    #expect(again.hasPrefix("HTTP/1.1 200 OK"))
  }

  @Test func `an error of the body ends the serving and is passed on`() async throws {
    struct Broken: Error {}
    await #expect(throws: Broken.self) {
      try await Simulator(world: Sample.world).serving { _ in throw Broken() }
    }
  }

  @Test func `a port that is taken is an error`() async throws {
    let first = Simulator(world: Sample.world)
    try await first.serving { base in
      let port = try #require(URL(string: base)?.port)
      await #expect(throws: (any Error).self) {
        try await Simulator(world: Sample.world).serving(port: port) { _ in }
      }
    }
  }

  private static func request(
    _ target: String,
    method: String = "GET",
    accept: String = "application/json",
    closing: Bool = true,
    body: String = ""
  ) -> String {
    """
    \(method) \(target) HTTP/1.1\r
    Host: localhost\r
    Authorization: \(Asking.basic(World.defaultToken))\r
    Accept: \(accept)\r
    Content-Length: \(body.utf8.count)\r
    \(closing ? "Connection: close\r\n" : "")\r
    \(body)
    """
  }

  private static func contentLength(_ answer: String) -> Int? {
    answer.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
      .flatMap { Int($0.dropFirst("Content-Length: ".count)) }
  }

  private static func body(_ answer: String) -> Substring {
    answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
  }
}
