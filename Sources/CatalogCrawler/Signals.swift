import Dispatch
import Foundation

/// Ends work when the process is asked to stop.
enum Signals {
  /// Runs the work, and cancels it at the first SIGINT or SIGTERM.
  ///
  /// A second one ends the process at once: the database is consistent at any instant.
  static func cancelling<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let (signals, continuation) = AsyncStream<Void>.makeStream()
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)  // the source below sees it; the default action would end the process
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler { continuation.yield() }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        for await _ in signals { break }
        return nil
      }
      while let value = try await group.next() {
        group.cancelAll()
        if let value { return value }
        // A second signal does not wait for the work to end.
        for source in sources { source.setEventHandler { _exit(ExitCodes.interrupted) } }
      }
      preconditionFailure("the work returns a value or throws")
    }
  }
}
