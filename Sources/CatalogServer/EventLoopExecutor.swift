import HTTPTypes
import Hummingbird
import NIOCore

/// Runs tasks on the thread of an event loop.
///
/// The task of a connection runs there: neither the parts of a request nor those of its answer are handed from thread to
/// thread, which took more time than to answer.
final class EventLoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}

/// Takes what may be work off the event loop: only questions to the catalog, which the database's threads answer, stay
/// there.
struct OffTheLoop: RouterMiddleware {
  func handle(
    _ request: Request,
    context: CatalogRequestContext,
    next: @concurrent (Request, CatalogRequestContext) async throws -> Response
  ) async throws -> Response {
    if request.method == .get, request.uri.path.hasPrefix(CatalogRoutes.base + "/entit") {
      return try await next(request, context)
    }
    return try await Self.run { try await next(request, context) }
  }

  /// Does what takes long where the loop is not held up.
  ///
  /// - Parameter work: Concurrent, so that it goes to the executor and does not stay where it is called.
  static func run<Value: Sendable>(_ work: @concurrent () async throws -> Value) async rethrows -> Value {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await work() }
  }
}
