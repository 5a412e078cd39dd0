import CCurl
import Foundation
import Testing

@testable import Transport

/// What libcurl's thread waits with, on pipes.
struct WatchedSocketsTests {
  private static func kinds() -> [any WatchedSockets] { [PolledSockets(), SocketWatch.sockets()] }

  @Test("a socket is told of once it has what is wanted of it, and no more once nothing is")
  func watching() throws {
    for sockets in Self.kinds() {
      let pipe = Pipe()
      let (reading, writing) = (
        pipe.fileHandleForReading.fileDescriptor, pipe.fileHandleForWriting.fileDescriptor
      )
      sockets.watch(reading, for: CURL_POLL_IN)
      #expect(sockets.wait(0) == [])
      try pipe.fileHandleForWriting.write(contentsOf: Data([1]))
      #expect(sockets.wait(-1) == [ReadySocket(socket: reading, what: CURL_CSELECT_IN)])
      sockets.watch(reading, for: CURL_POLL_REMOVE)
      #expect(sockets.wait(0) == [])
      sockets.watch(writing, for: CURL_POLL_INOUT)
      #expect(sockets.wait(-1) == [ReadySocket(socket: writing, what: CURL_CSELECT_OUT)])
      sockets.watch(writing, for: CURL_POLL_IN)
      #expect(sockets.wait(0) == [])
    }
  }

  @Test("a number that another socket has by now is watched anew")
  func reusedNumber() throws {
    for sockets in Self.kinds() {
      var pipe: Pipe? = Pipe()
      let number = try #require(pipe?.fileHandleForReading.fileDescriptor)
      sockets.watch(number, for: CURL_POLL_IN)
      pipe = nil
      let other = Pipe()
      let copy = dup2(other.fileHandleForReading.fileDescriptor, number)
      defer { close(copy) }
      sockets.watch(number, for: CURL_POLL_IN)
      try other.fileHandleForWriting.write(contentsOf: Data([1]))
      #expect(sockets.wait(-1).map(\.socket) == [number])
    }
  }

  @Test("the thread is woken once for many wishes, and the time that libcurl names comes once")
  func waking() {
    for sockets in Self.kinds() {
      let wakeUp = WakeUp()
      let watch = SocketWatch(wakeUp, sockets)
      for _ in 0..<100_000 { wakeUp.wake() }
      #expect(watch.wait() == [])
      #expect(!watch.takeDeadline())
      watch.ask(after: 0)
      #expect(watch.wait() == [] && watch.takeDeadline() && !watch.takeDeadline())
      watch.ask(after: 0)
      watch.ask(after: -1)
      #expect(!watch.takeDeadline())
    }
  }
}
