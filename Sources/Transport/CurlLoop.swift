import CCurl
import Locks

/// The thread that runs libcurl: its state never leaves it.
final class CurlLoop {
  private let client: CurlClient
  private let multi: UnsafeMutableRawPointer
  private let watch: SocketWatch
  private var exchanges: [ObjectIdentifier: Exchange] = [:]
  /// Exchanges that are done and can be used again; their handles keep the options that never change.
  private var idle: [Exchange] = []

  /// How many connections are kept open when no one uses them.
  ///
  /// libcurl's default follows the number of transfers under way, which makes it close connections that are
  /// needed a moment later.
  private static let keptConnections = 512

  /// `CURL_SOCKET_TIMEOUT`: the time that libcurl named has come.
  private static let noSocket: curl_socket_t = -1

  init?(client: CurlClient) {
    guard let multi = curl_multi_init() else { return nil }
    self.client = client
    self.multi = multi
    watch = SocketWatch(client.wakeUp)
    _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.keptConnections)
    ccurl_multi_set_callbacks(
      multi,
      { _, socket, what, watch, _ in
        watch.map(SocketWatch.at)?.watch(socket, for: what)
        return 0
      },
      { _, milliseconds, watch in
        watch.map(SocketWatch.at)?.ask(after: milliseconds)
        return 0
      },
      Unmanaged.passUnretained(watch).toOpaque()
    )
  }

  func run() {
    var isClosed = false
    while !isClosed {
      let commands = client.inbox.withLock { inbox in
        defer {
          inbox.commands = []
          inbox.isWoken = false
        }
        isClosed = inbox.isClosed
        return inbox.commands
      }
      for command in commands { obey(command) }
      if isClosed { break }

      var running: Int32 = 0
      for ready in watch.wait() { curl_multi_socket_action(multi, ready.socket, ready.what, &running) }
      if watch.takeDeadline() { curl_multi_socket_action(multi, Self.noSocket, 0, &running) }
      collectFinished()
    }

    for exchange in exchanges.values { end(exchange, .failure(.closed)) }
    idle = []
    curl_multi_cleanup(multi)
  }

  private func obey(_ command: CurlClient.Command) {
    switch command {
    case .start(let transfer):
      start(transfer)
    case .stop(let transfer):
      if let exchange = exchanges[ObjectIdentifier(transfer)] { end(exchange, .failure(.cancelled)) }
    case .resume(let transfer):
      exchanges[ObjectIdentifier(transfer)]?.resume()
    }
  }

  private func start(_ transfer: Transfer) {
    // Cancelled before the thread came to it: its credential is not sent for nobody.
    guard !transfer.isEnded else { return }
    guard let exchange = idle.popLast() ?? Exchange(configuration: client.configuration) else {
      _ = transfer.end(.failure(.failed(code: Int(CURLE_OUT_OF_MEMORY.rawValue), reason: "Out of memory")))
      return
    }
    exchange.begin(transfer)
    exchanges[ObjectIdentifier(transfer)] = exchange
    curl_multi_add_handle(multi, exchange.easy)
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE else { continue }
      var context: UnsafeMutableRawPointer?
      _ = ccurl_context(message.pointee.easy_handle, &context)
      guard let context else { continue }
      let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
      end(exchange, exchange.answer(to: ccurl_message_result(message)))
    }
  }

  private func end(_ exchange: Exchange, _ answer: Transfer.Answer) {
    curl_multi_remove_handle(multi, exchange.easy)
    guard let transfer = exchange.finish() else { return }
    exchanges[ObjectIdentifier(transfer)] = nil
    if exchange.canBeUsedAgain { idle.append(exchange) }
    _ = transfer.end(answer)
  }
}

extension SocketWatch {
  /// The one that libcurl was given.
  fileprivate static func at(_ context: UnsafeMutableRawPointer) -> SocketWatch {
    Unmanaged.fromOpaque(context).takeUnretainedValue()
  }
}
