import Foundation
import Hummingbird
import Logging
import NIOCore

/// Carries requests from sockets to a simulator and its answers back; knows nothing of their meaning.
struct Carrier: HTTPResponder {
  let simulator: Simulator
  /// `http` or `https`.
  let scheme: String

  /// A request is at most this large; the largest real one is a list of some thousand ids.
  private static let bodyLimit = 16 * 1024 * 1024

  /// The connection a request came on, to cut it.
  struct Context: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      channel = source.channel
    }
  }

  func respond(to request: Request, context: Context) async throws -> Response {
    let response = simulator.answer(try await received(request))
    if response.delay > .zero { try await Task.sleep(for: response.delay) }
    switch response.cut {
    case .none: return Self.response(response, isHead: request.method == .head)
    case .inBody, .stalled, .trickled, .wrongLength: return Self.brokenResponse(response, context.channel)
    case .beforeAnswer:
      try await context.channel.close()
      throw ConnectionCut()
    case .reset:
      if let socket = context.channel as? any SocketOptionProvider {
        // Closing a socket that does not linger resets its connection.
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
      }
      try await context.channel.close()
      throw ConnectionCut()
    }
  }

  private func received(_ request: Request) async throws -> SimulatorRequest {
    var headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
    if let host = request.head.authority { headers.append(("host", host)) }
    let hasBody = request.method == .post || request.method == .patch || request.method == .put
    return SimulatorRequest(
      request.method.rawValue,
      request.head.path ?? "/",
      headers: headers,
      body: hasBody ? Array(try await request.body.collect(upTo: Self.bodyLimit).readableBytesView) : [],
      scheme: scheme
    )
  }

  private static func response(_ response: SimulatorResponse, isHead: Bool) -> Response {
    let head = (
      status: HTTPResponse.Status(code: response.status), fields: HeaderNames.fields(response.headers)
    )
    if isHead { return Response(status: head.status, headers: head.fields) }
    switch response.body {
    case .bytes(let buffer):
      return Response(status: head.status, headers: head.fields, body: ResponseBody(byteBuffer: buffer))
    case .stream(let stream):
      return Response(
        status: head.status,
        headers: head.fields,
        body: ResponseBody { writer in
          for number in 0..<stream.count { try await writer.write(stream.chunk(number)) }
          try await writer.finish(nil)
        }
      )
    }
  }

  /// How many pieces a body is sent in that comes slowly.
  private static let pieces = 16

  /// An answer whose body does not come as it should.
  private static func brokenResponse(_ response: SimulatorResponse, _ channel: any Channel) -> Response {
    let pieces: [ByteBuffer]
    var length: Int?
    var count = 2
    if case .trickled = response.cut { count = Self.pieces }
    switch response.body {
    case .bytes(let buffer):
      length = buffer.readableBytes
      pieces = split(buffer, into: count)
    case .stream(let stream) where stream.count > 1:
      pieces = (0..<stream.count).map(stream.chunk)
    case .stream(let stream):
      pieces = split(stream.chunk(0), into: count)
    }
    if case .wrongLength(let bytes) = response.cut {
      length = max(0, pieces.reduce(0) { $0 + $1.readableBytes } + bytes)
    }
    // Half of the body, for those that do not send it all.
    let half = pieces.prefix(pieces.count / 2)
    let cut = response.cut
    return Response(
      status: HTTPResponse.Status(code: response.status),
      headers: HeaderNames.fields(response.headers),
      body: ResponseBody(contentLength: length) { writer in
        if case .trickled(let pause) = cut {
          for piece in pieces {
            try await Task.sleep(for: pause)
            try await writer.write(piece)
          }
          return try await writer.finish(nil)
        }
        var isWhole = false
        if case .wrongLength = cut { isWhole = true }
        for piece in isWhole ? pieces[...] : half { try await writer.write(piece) }
        // Until the simulator ends, which cancels the task.
        if case .stalled = cut { try await Task.sleep(for: .seconds(3600)) }
        try await channel.close()
        throw ConnectionCut()
      }
    )
  }

  /// A body in pieces of about one size; fewer when it has fewer bytes, and at least two.
  private static func split(_ buffer: ByteBuffer, into count: Int) -> [ByteBuffer] {
    let size = max(1, buffer.readableBytes / count)
    var (rest, pieces) = (buffer, [ByteBuffer]())
    while pieces.count < count - 1, let piece = rest.readSlice(length: size) { pieces.append(piece) }
    pieces.append(rest)
    return pieces
  }
}

/// Ends the handling of a connection that a fault has cut.
private struct ConnectionCut: Error {}

/// Counts the connections of a simulator.
final class ConnectionCounter: ChannelInboundHandler, RemovableChannelHandler {
  // Passed on as they come: the type only has to be some type.
  typealias InboundIn = Never

  private let simulator: Simulator

  init(_ simulator: Simulator) {
    self.simulator = simulator
  }

  func channelActive(context: ChannelHandlerContext) {
    simulator.connectionOpened()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    simulator.connectionClosed()
    context.fireChannelInactive()
  }
}
