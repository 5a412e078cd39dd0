import CCurl
import Foundation

/// A socket that has something, as `curl_multi_socket_action` is told.
struct ReadySocket: Equatable {
  var socket: Int32
  /// `CURL_CSELECT_IN` and the like.
  var what: Int32
}

/// Sockets, and what is wanted of each.
protocol WatchedSockets: AnyObject {
  /// - Parameter what: `CURL_POLL_IN` and the like; `CURL_POLL_REMOVE` for no more.
  func watch(_ socket: Int32, for what: Int32)

  /// Waits until one has something; returns none when the time is over or a signal came.
  ///
  /// - Parameter milliseconds: -1 for as long as it takes.
  func wait(_ milliseconds: Int32) -> [ReadySocket]
}

/// With `poll`, which every system has: looks at all of them each time.
final class PolledSockets: WatchedSockets {
  private var entries: [pollfd] = []

  func watch(_ socket: Int32, for what: Int32) {
    entries.removeAll { $0.fd == socket }
    guard what != CURL_POLL_REMOVE else { return }
    var interest: Int32 = 0
    if what & CURL_POLL_IN != 0 { interest |= Int32(POLLIN) }
    if what & CURL_POLL_OUT != 0 { interest |= Int32(POLLOUT) }
    entries.append(pollfd(fd: socket, events: Int16(interest), revents: 0))
  }

  func wait(_ milliseconds: Int32) -> [ReadySocket] {
    guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return [] }
    return entries.compactMap { entry in
      let events = Int32(entry.revents)
      var what: Int32 = 0
      if events & Int32(POLLIN) != 0 { what |= CURL_CSELECT_IN }
      if events & Int32(POLLOUT) != 0 { what |= CURL_CSELECT_OUT }
      if events & Int32(POLLERR | POLLHUP | POLLNVAL) != 0 { what |= CURL_CSELECT_ERR }
      return what == 0 ? nil : ReadySocket(socket: entry.fd, what: what)
    }
  }
}

#if os(Linux)
  /// With `epoll`, so that sockets that have nothing cost nothing.
  final class EpolledSockets: WatchedSockets {
    private static let eventsAtATime: Int32 = 128

    private let epoll: Int32
    private var sockets: Set<Int32> = []
    private var events = [epoll_event](repeating: epoll_event(), count: Int(eventsAtATime))

    init() {
      epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
      precondition(epoll >= 0, "no more open files for libcurl: errno \(errno)")
    }

    deinit { close(epoll) }

    func watch(_ socket: Int32, for what: Int32) {
      if what == CURL_POLL_REMOVE {
        if sockets.remove(socket) != nil { _ = control(EPOLL_CTL_DEL, socket, 0) }
        return
      }
      var interest: UInt32 = 0
      if what & CURL_POLL_IN != 0 { interest |= EPOLLIN.rawValue }
      if what & CURL_POLL_OUT != 0 { interest |= EPOLLOUT.rawValue }
      let isNew = sockets.insert(socket).inserted
      // A socket that was closed without a word has left by itself, and its number may have come back.
      if !control(isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, interest) {
        _ = control(isNew ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, interest)
      }
    }

    func wait(_ milliseconds: Int32) -> [ReadySocket] {
      let count = epoll_wait(epoll, &events, Self.eventsAtATime, milliseconds)
      guard count > 0 else { return [] }
      return events.prefix(Int(count)).map { event in
        var what: Int32 = 0
        if event.events & EPOLLIN.rawValue != 0 { what |= CURL_CSELECT_IN }
        if event.events & EPOLLOUT.rawValue != 0 { what |= CURL_CSELECT_OUT }
        if event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { what |= CURL_CSELECT_ERR }
        return ReadySocket(socket: event.data.fd, what: what)
      }
    }

    private func control(_ operation: Int32, _ socket: Int32, _ interest: UInt32) -> Bool {
      var event = epoll_event()
      event.events = interest
      event.data.fd = socket
      return epoll_ctl(epoll, operation, socket, &event) == 0
    }
  }
#endif
