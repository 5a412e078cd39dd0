import CCurl
import Foundation

/// What libcurl's thread waits for: the sockets that libcurl names, the time it names, and being woken.
///
/// With `epoll`, so that what waits costs nothing: `curl_multi_perform` and `curl_multi_poll` look at every transfer
/// whenever one of them has something.
final class SocketWatch {
  /// A socket that has something, as `curl_multi_socket_action` is told.
  struct Ready {
    var socket: Int32
    /// `CURL_CSELECT_IN` and the like.
    var what: Int32
  }

  private static let eventsAtATime: Int32 = 128

  private let epoll: Int32
  private let wakeUp: WakeUp
  private var sockets: Set<Int32> = []
  private var events = [epoll_event](repeating: epoll_event(), count: Int(eventsAtATime))
  /// When libcurl wants to be asked though no socket has anything; nil for never.
  private(set) var deadline: ContinuousClock.Instant?

  init(_ wakeUp: WakeUp) {
    self.wakeUp = wakeUp
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    precondition(epoll >= 0, "no more open files for libcurl: errno \(errno)")
    control(EPOLL_CTL_ADD, wakeUp.descriptor, EPOLLIN.rawValue)
  }

  deinit { close(epoll) }

  /// Watches a socket for what libcurl wants of it.
  ///
  /// - Parameter what: `CURL_POLL_IN` and the like.
  func watch(_ socket: Int32, for what: Int32) {
    if what == CURL_POLL_REMOVE {
      if sockets.remove(socket) != nil { control(EPOLL_CTL_DEL, socket, 0) }
      return
    }
    var interest: UInt32 = 0
    if what & CURL_POLL_IN != 0 { interest |= EPOLLIN.rawValue }
    if what & CURL_POLL_OUT != 0 { interest |= EPOLLOUT.rawValue }
    control(sockets.insert(socket).inserted ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, interest)
  }

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
  func wait() -> [Ready] {
    let count = epoll_wait(epoll, &events, Self.eventsAtATime, timeout)
    // Interrupted: one looks again.
    guard count > 0 else { return [] }
    var ready: [Ready] = []
    ready.reserveCapacity(Int(count))
    for event in events.prefix(Int(count)) {
      let socket = event.data.fd
      if socket == wakeUp.descriptor {
        wakeUp.reset()
        continue
      }
      var what: Int32 = 0
      if event.events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
      if event.events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
      if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { what |= CURL_CSELECT_ERR }
      ready.append(Ready(socket: socket, what: what))
    }
    return ready
  }

  /// In milliseconds, rounded up; -1 for as long as it takes.
  private var timeout: Int32 {
    guard let deadline else { return -1 }
    let left = deadline - .now
    guard left > .zero else { return 0 }
    return Int32(min(left / .milliseconds(1), 60_000).rounded(.up))
  }

  private func control(_ operation: Int32, _ socket: Int32, _ interest: UInt32) {
    var event = epoll_event()
    event.events = interest
    event.data.fd = socket
    // A socket that was closed without a word has left by itself.
    if epoll_ctl(epoll, operation, socket, &event) != 0, operation == EPOLL_CTL_MOD {
      epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)
    } else if operation == EPOLL_CTL_ADD, errno == EEXIST {
      epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
    }
  }
}

/// Wakes the thread; closed when nobody has it any more.
final class WakeUp: Sendable {
  let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

  init() { precondition(descriptor >= 0, "no more open files for libcurl: errno \(errno)") }

  deinit { close(descriptor) }

  func wake() { eventfd_write(descriptor, 1) }

  /// Takes note of having been woken.
  func reset() {
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }
}
