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
    case .inBody: return Self.halfResponse(response, context.channel)
    case .beforeAnswer:
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

  /// The head with the whole length, or in chunks as usual, then half of the body, then the end of the
  /// connection.
  private static func halfResponse(_ response: SimulatorResponse, _ channel: any Channel) -> Response {
    let pieces: [ByteBuffer]
    let length: Int?
    switch response.body {
    case .bytes(let buffer):
      pieces = [buffer.getSlice(at: buffer.readerIndex, length: buffer.readableBytes / 2) ?? ByteBuffer()]
      length = buffer.readableBytes
    case .stream(let stream) where stream.count > 1:
      pieces = (0..<stream.count / 2).map(stream.chunk)
      length = nil
    case .stream(let stream):
      let buffer = stream.chunk(0)
      pieces = [buffer.getSlice(at: buffer.readerIndex, length: buffer.readableBytes / 2) ?? ByteBuffer()]
      length = nil
    }
    return Response(
      status: HTTPResponse.Status(code: response.status),
      headers: HeaderNames.fields(response.headers),
      body: ResponseBody(contentLength: length) { writer in
        for piece in pieces { try await writer.write(piece) }
        try await channel.close()
        throw ConnectionCut()
      }
    )
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
