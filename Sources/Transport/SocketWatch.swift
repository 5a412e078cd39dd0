import CCurl
import Foundation

/// What libcurl's thread waits for: the sockets that libcurl names, the time it names, and being woken.
final class SocketWatch {
  private let wakeUp: WakeUp
  private let sockets: any WatchedSockets
  /// When libcurl wants to be asked though no socket has anything; nil for never.
  private var deadline: ContinuousClock.Instant?

  init(_ wakeUp: WakeUp, _ sockets: any WatchedSockets = SocketWatch.sockets()) {
    self.wakeUp = wakeUp
    self.sockets = sockets
    sockets.watch(wakeUp.descriptor, for: CURL_POLL_IN)
  }

  /// The best that the system has.
  static func sockets() -> any WatchedSockets {
    #if os(Linux)
      EpolledSockets()
    #else
      PolledSockets()
    #endif
  }

  /// Watches a socket for what libcurl wants of it.
  ///
  /// - Parameter what: `CURL_POLL_IN` and the like.
  func watch(_ socket: Int32, for what: Int32) { sockets.watch(socket, for: what) }

  /// Sets the time to be asked at.
  ///
  /// - Parameter milliseconds: From now; below 0 for never.
  func ask(after milliseconds: Int) {
    deadline = milliseconds < 0 ? nil : ContinuousClock.now + .milliseconds(milliseconds)
  }

  /// Whether the time has come, which is then forgotten.
  func takeDeadline() -> Bool {
    guard let deadline, deadline <= .now else { return false }
    self.deadline = nil
    return true
  }

  /// Waits until there is something to do.
  ///
  /// - Returns: The sockets that have something; empty when the time has come or somebody has woken the thread.
  func wait() -> [ReadySocket] {
    let ready = sockets.wait(timeout)
    guard ready.contains(where: { $0.socket == wakeUp.descriptor }) else { return ready }
    wakeUp.reset()
    return ready.filter { $0.socket != wakeUp.descriptor }
  }

  /// In milliseconds, rounded up; -1 for as long as it takes.
  private var timeout: Int32 {
    guard let deadline else { return -1 }
    let left = deadline - .now
    guard left > .zero else { return 0 }
    return Int32(min(left / .milliseconds(1), 60_000).rounded(.up))
  }
}

/// Wakes the thread: a pipe, closed when nobody has it any more.
final class WakeUp: Sendable {
  /// What can be read from once somebody has woken the thread.
  let descriptor: Int32
  private let writing: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    precondition(pipe(&ends) == 0, "no more open files for libcurl: errno \(errno)")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (descriptor, writing) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(writing)
  }

  /// A pipe that is full has woken the thread already.
  func wake() {
    var byte: UInt8 = 1
    _ = write(writing, &byte, 1)
  }

  /// Takes note of having been woken.
  func reset() {
    var bytes: [UInt8] = Array(repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) == bytes.count {}
  }
}
