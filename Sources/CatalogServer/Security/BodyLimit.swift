import Foundation
import HTTPTypes
import Hummingbird
import Locks
import NIOCore
import Settings
import Transport

/// Reads the body of a request before anything else is done, as far as one may be large, and as long as it may take.
///
/// Whoever is slower is cut off; whoever sends more is told so, and cut off then.
struct BodyLimit: RouterMiddleware {
  let settings: @Sendable () -> CrawlerSettings

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    guard Self.mayHaveBody(request) else { return try await next(request, context) }
    let limits = settings().crawler.api.limits
    let channel = context.channel
    if let length = request.headers[.contentLength].flatMap(Int.init), length > limits.bodyBytes {
      throw Self.tooLarge(limits)
    }
    if request.headers[.expect]?.lowercased() == "100-continue" {
      channel.triggerUserOutboundEvent(ContinueSender.BodyIsWanted(), promise: nil)
    }
    let timer = channel.eventLoop.scheduleTask(in: TimeAmount(limits.body)) {
      channel.close(promise: nil)
    }
    defer { timer.cancel() }
    var request = request
    do {
      _ = try await request.collectBody(upTo: limits.bodyBytes)
    } catch is NIOTooManyBytesError {
      throw Self.tooLarge(limits)
    } catch let error as HTTPError where error.status == .contentTooLarge {
      throw Self.tooLarge(limits)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      // Its pieces are none, or the client has gone: no trouble of ours.
      throw APIError.input("the body cannot be read")
    }
    timer.cancel()
    context.hasReadBody.withLock { $0 = true }
    return try await next(request, context)
  }

  fileprivate static func mayHaveBody(_ request: Request) -> Bool {
    if ![.get, .head, .options].contains(request.method) { return true }
    return request.headers[.transferEncoding] != nil
      || request.headers[.contentLength].map { $0 != "0" } ?? false
  }

  private static func tooLarge(_ limits: APILimits) -> APIError {
    APIError(
      .contentTooLarge,
      "PayloadTooLargeError",
      "the body is larger than \(limits.bodyBytes) bytes"
    )
  }
}

/// Ends the connection of a request that was answered before its body was read.
///
/// Otherwise the rest would be read to its end, whenever that may be.
struct UnreadBodyCutter: RouterMiddleware {
  /// How long the answer has to arrive before the rest is refused.
  private static let farewell = TimeAmount.seconds(1)

  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard BodyLimit.mayHaveBody(request), request.headers[.contentLength] != "0",
      !context.hasReadBody.withLock({ $0 })
    else { return response }
    // Without either of these there is no body (RFC 9112, 6.3).
    guard request.headers[.contentLength] != nil || request.headers[.transferEncoding] != nil else {
      return response
    }
    response.headers[.connection] = "close"
    let channel = context.channel
    channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    return response
  }
}

/// Closes a connection for good once the service has said its last word on it.
///
/// After a request that is no HTTP the framework waits for the client to close its side too, which may take for ever.
final class FarewellCutter: ChannelOutboundHandler, RemovableChannelHandler {
  // Passed on as they come: the type only has to be some type.
  typealias OutboundIn = Never

  /// How long the last word has to arrive.
  private static let farewell = TimeAmount.seconds(1)

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    if mode == .output {
      let channel = context.channel
      context.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    }
    context.close(mode: mode, promise: promise)
  }
}

/// Cuts the connection of a client that takes nothing of an answer.
///
/// Knows nothing of HTTP: as long as the connection takes bytes, all is well.
final class StalledWriteCutter: ChannelInboundHandler, RemovableChannelHandler {
  // Passed on as they come: the type only has to be some type.
  typealias InboundIn = Never

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?

  init(limit: TimeAmount) { self.limit = limit }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    if !context.channel.isWritable {
      let channel = context.channel
      timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
    context.fireChannelInactive()
  }
}
