import CCurl
import Foundation
import Locks

/// An HTTP client whose transfers all run on one thread, over one libcurl multi handle.
///
/// Only that thread touches libcurl. Callers leave a command in the inbox and wake the thread; it answers
/// through the caller's continuation. Connections are kept and used again after every answer, whatever its
/// status; redirects are never followed, because an API's redirect is an answer to look at and must not be
/// given a credential.
///
/// The number of transfers at a time is the callers' business: libcurl's own limits stay out of the way,
/// since time spent waiting for one of its connections would count towards the time-outs.
package final class CurlClient: Sendable {
  /// What holds for every request of a client.
  package struct Configuration: Sendable {
    /// Sent as `User-Agent`.
    package var userAgent = "catalog-crawler"
    /// A file of certificate authorities (PEM) accepted besides the system's; nil for none.
    package var caFile: String?
    /// Proxy URL; nil leaves it to the environment (`HTTPS_PROXY`, `NO_PROXY`).
    ///
    /// Never used for loopback or link-local addresses.
    package var proxy: String?

    package init() {}
  }

  enum Command {
    case start(Transfer)
    case stop(Transfer)
    case resume(Transfer)
  }

  struct Inbox {
    var commands: [Command] = []
    var isClosed = false
    /// True once the thread was woken for the commands that wait.
    var isWoken = false
  }

  let inbox = Guarded(Inbox())
  let wakeUp = WakeUp()
  let configuration: Configuration

  package init(configuration: Configuration = Configuration()) {
    _ = Self.globalSetup
    self.configuration = configuration
    let thread = Thread { [self] in
      guard let loop = CurlLoop(client: self) else { preconditionFailure("no memory for libcurl") }
      loop.run()
    }
    thread.name = "curl"
    thread.start()
  }

  /// Sends the request and waits for the whole answer.
  ///
  /// - Throws: `TransportError`; `.cancelled` as soon as the task is cancelled, the thread then drops the
  ///   transfer.
  package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
    defer { request.bodyStream?.finish() }
    if let reason = Self.fault(in: request) { throw .invalidRequest(reason) }
    let transfer = Transfer(request, client: self)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if transfer.begin(continuation) { post(.start(transfer)) }
      }
    } onCancel: {
      if transfer.end(.failure(.cancelled)) { post(.stop(transfer)) }
    }
    return try result.get()
  }

  /// Ends the thread; transfers under way fail with `TransportError.closed`.
  package func close() {
    inbox.withLock { $0.isClosed = true }
    wakeUp.wake()
  }

  func post(_ command: Command) {
    let (isClosed, hasToWake) = inbox.withLock { inbox in
      if !inbox.isClosed { inbox.commands.append(command) }
      defer { inbox.isWoken = true }
      return (inbox.isClosed, !inbox.isWoken)
    }
    if hasToWake { wakeUp.wake() }
    if isClosed, case .start(let transfer) = command { _ = transfer.end(.failure(.closed)) }
  }

  /// Why a request must not be sent, or nil.
  ///
  /// A line break in a header or URL would begin a header of its own.
  private static func fault(in request: HTTPRequest) -> String? {
    func hasControl(_ text: String) -> Bool { text.utf8.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } }
    if hasControl(request.url) { return "the URL holds a control character" }
    for field in request.headers where hasControl(field.name) || hasControl(field.value) {
      return "the header '\(field.name.prefix(40))' holds a control character"
    }
    return nil
  }

  private static let globalSetup = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
}

/// One request and the caller that waits for it, who is resumed exactly once.
final class Transfer: Sendable {
  typealias Answer = Result<HTTPResponse, TransportError>

  private enum Phase {
    case created
    case waiting(CheckedContinuation<Answer, Never>)
    case ended
  }

  let request: HTTPRequest
  private let client: CurlClient
  private let phase = Guarded(Phase.created)

  init(_ request: HTTPRequest, client: CurlClient) {
    self.request = request
    self.client = client
  }

  /// Returns `false`, with the caller resumed, if the task was cancelled already.
  func begin(_ continuation: CheckedContinuation<Answer, Never>) -> Bool {
    let isCancelled = phase.withLock { phase in
      if case .ended = phase { return true }
      phase = .waiting(continuation)
      return false
    }
    if isCancelled { continuation.resume(returning: .failure(.cancelled)) }
    return !isCancelled
  }

  /// Returns `false` if the transfer had ended before.
  func end(_ answer: Answer) -> Bool {
    let before = phase.withLock { phase in
      defer { phase = .ended }
      return phase
    }
    switch before {
    case .created:
      return true
    case .waiting(let continuation):
      continuation.resume(returning: answer)
      return true
    case .ended:
      return false
    }
  }

  /// Whether the caller has its answer.
  var isEnded: Bool {
    phase.withLock { phase in
      if case .ended = phase { true } else { false }
    }
  }

  /// Lets a paused transfer go on.
  func resume() { client.post(.resume(self)) }
}
