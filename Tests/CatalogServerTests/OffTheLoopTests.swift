import NIOCore
import NIOPosix
import Testing

@testable import CatalogServer

@Suite("Off the event loop", .timeLimit(.minutes(1)))
struct OffTheLoopTests {
  @Test("what takes long does not hold up the loop that a connection runs on")
  func away() async {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    @concurrent func isOnLoop() async -> Bool { loop.inEventLoop }
    await withTaskExecutorPreference(EventLoopExecutor(loop)) {
      #expect(await isOnLoop())
      #expect(await !OffTheLoop.run { loop.inEventLoop })
    }
  }
}
