import NIOCore

/// One answer as the routing gives it: what is sent, and what goes wrong on the way.
struct SimulatorResponse: Sendable {
  var status: Int
  /// Without `Date` and `Content-Length`, which the carrier adds.
  var headers: [(name: String, value: String)]
  var body: Body
  var cut = Cut.none
  /// How much later than usual the answer is sent.
  var delay = Duration.zero

  enum Body: Sendable {
    /// Sent with its length.
    case bytes(ByteBuffer)
    /// Sent in chunks, without a length.
    case stream(StreamedBody)
  }

  enum Cut: Sendable, Equatable {
    case none
    /// Nothing is sent.
    case beforeAnswer
    /// Nothing is sent, and the connection is not closed but reset.
    case reset
    /// The head and half of the body are sent.
    case inBody
    /// The head and half of the body are sent, and the connection stays.
    case stalled
    /// The body is sent in sixteen pieces with a pause before each.
    case trickled(Duration)
    /// The body is sent under a length that is off by so many bytes, and the connection is closed.
    case wrongLength(by: Int)
  }

  /// The value of a header, nil when there is none.
  ///
  /// The name is compared without regard to case.
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// Adds a header, in place of one with the same name.
  mutating func set(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    headers.append((name, value))
  }

  /// Takes a header away.
  mutating func remove(_ name: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
  }

  /// Makes the body gzip when the caller takes it and the answer says that it depends on that.
  mutating func compress(for request: SimulatorRequest) {
    guard header("Vary") == "Accept-Encoding", case .bytes(let buffer) = body, buffer.readableBytes > 0,
      let accepted = request.header("accept-encoding")?.lowercased(),
      accepted.split(separator: ",").contains(where: { $0.trimmingPrefix(" ").hasPrefix("gzip") })
    else { return }
    body = .bytes(ByteBuffer(bytes: Deflate.gzip(Array(buffer.readableBytesView))))
    set("Content-Encoding", "gzip")
  }

  /// The whole body in one piece, for tests and for faults.
  var wholeBody: [UInt8] {
    switch body {
    case .bytes(let buffer): Array(buffer.readableBytesView)
    case .stream(let stream): (0..<stream.count).flatMap { Array(stream.chunk($0).readableBytesView) }
    }
  }
}

/// A body that is made piece by piece while it is sent, so that a list of 100,000 rows needs no room.
struct StreamedBody: Sendable {
  let count: Int
  let chunk: @Sendable (_ number: Int) -> ByteBuffer
}
