import Dispatch
import Foundation

/// Waits for SIGINT or SIGTERM, which then do not end the process by themselves.
struct StopSignals {
  private let received: AsyncStream<Void>
  /// Kept, because a source that nobody holds hears nothing.
  private let sources: [any DispatchSourceSignal]

  init() {
    let (received, announce) = AsyncStream.makeStream(of: Void.self)
    self.received = received
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { announce.yield() }
      source.activate()
      return source
    }
  }

  /// Returns when the first signal has come.
  func first() async {
    for await _ in received { return }
  }
}
