import NIOCore

/// Tells a client that waits for it that the body of its request is wanted (RFC 9110, 10.1.1).
///
/// Many wait for a second before they send it all the same.
final class ContinueSender: ChannelOutboundHandler, RemovableChannelHandler {
  // Passed on as they come, below the framework's own handlers.
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// To be triggered before the body is read.
  struct BodyIsWanted: Sendable {}

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext,
    event: Any,
    promise: EventLoopPromise<Void>?
  ) {
    guard event is BodyIsWanted else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    context.writeAndFlush(
      wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")),
      promise: promise
    )
  }
}
