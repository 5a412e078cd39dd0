import Dispatch
import Foundation
import Locks
import Logging
import ServiceLifecycle

/// What signals do to the service.
enum ServiceSignals {
  /// Runs the group until it ends.
  ///
  /// The first SIGTERM or SIGINT has it end gracefully, a second one ends the process at once: the database is
  /// consistent at any instant. SIGHUP has the settings read anew.
  ///
  /// - Throws: What ended the group, unless it was asked to end.
  static func run(
    _ group: ServiceGroup,
    reload: @escaping @Sendable () async -> Void,
    logger: Logger
  ) async throws {
    let (signals, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingNewest(8))
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)  // the source below sees it; the default action would end the process
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    let isEnding = Guarded(false)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        for await number in signals {
          if number == SIGHUP {
            await reload()
          } else if isEnding.withLock({ $0 }) {
            _exit(ExitCodes.interrupted)
          } else {
            isEnding.withLock { $0 = true }
            logger.notice("stopping: what is under way is finished")
            await group.triggerGracefulShutdown()
          }
        }
      }
      defer { tasks.cancelAll() }
      do {
        try await group.run()
      } catch {
        // Whoever was not done in time was cut off, and says so.
        guard isEnding.withLock({ $0 }) else { throw error }
        logger.notice("what was under way was cut off")
      }
    }
    logger.notice("stopped")
  }
}
