import Foundation
import Locks

/// A program to run, without a shell.
struct ToolCall: Sendable, Equatable {
  /// Absolute.
  var path: String
  var arguments: [String]
  /// All that the program sees of the environment.
  var environment: [String: String]
  var timeout: Duration

  /// The program on the search path; entries that are not absolute are left out, so that a file in the
  /// current folder is never run (facts/azure-identity.md 6.7).
  static func find(_ name: String, in searchPath: String) -> String? {
    searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
      .first { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
          && FileManager.default.isExecutableFile(atPath: path)
      }
  }
}

/// What running a program came to.
enum ToolResult: Sendable, Equatable {
  /// It ended by itself; 128 and more for a signal.
  case ended(Int32, output: [UInt8], errors: [UInt8])
  case timedOut
  case notStarted(String)
  case cancelled
}

/// Runs programs: in `/`, with nothing to read, in a process group of their own that is ended as a whole.
enum ToolRunner {
  private static let outputLimit = 64 << 10
  private static let errorLimit = 16 << 10
  /// How long output is awaited after the program's end, since a child of it may hold the pipe.
  private static let grace = Duration.milliseconds(100)

  /// Waits on a thread of its own; cancelling the task ends the program.
  static func run(_ call: ToolCall) async -> ToolResult {
    let isCancelled = CancellationFlag()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let thread = Thread { continuation.resume(returning: runBlocking(call, isCancelled)) }
        thread.name = "tool"
        thread.start()
      }
    } onCancel: {
      isCancelled.set()
    }
  }

  private static func runBlocking(_ call: ToolCall, _ isCancelled: CancellationFlag) -> ToolResult {
    guard let output = OutputPipe(limit: outputLimit), let errors = OutputPipe(limit: errorLimit) else {
      return .notStarted(String(cString: strerror(errno)))
    }
    let process = Process()
    process.executableURL = URL(filePath: call.path)
    process.arguments = call.arguments
    process.environment = call.environment
    process.currentDirectoryURL = URL(filePath: "/")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: output.writer, closeOnDealloc: false)
    process.standardError = FileHandle(fileDescriptor: errors.writer, closeOnDealloc: false)
    do {
      try process.run()
    } catch {
      return .notStarted("the system refuses to run it")
    }
    output.closeWriter()
    errors.closeWriter()
    return wait(for: process, call.timeout, output, errors, isCancelled)
  }

  private static func wait(
    for process: Process,
    _ timeout: Duration,
    _ output: OutputPipe,
    _ errors: OutputPipe,
    _ isCancelled: CancellationFlag
  ) -> ToolResult {
    let start = ContinuousClock.now
    var ended: ContinuousClock.Instant?
    while true {
      OutputPipe.readAvailable([output, errors], waitMilliseconds: 20)
      let now = ContinuousClock.now
      if ended == nil, hasExited(process) { ended = now }
      if let ended, output.isAtEnd && errors.isAtEnd || now - ended > grace {
        end(process)  // children that outlive the program
        guard isReaped(process) else { return .timedOut }
        let code = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return .ended(code, output: output.bytes, errors: errors.bytes)
      }
      if ended == nil, isCancelled.isSet || now - start > timeout {
        end(process)
        return isCancelled.isSet ? .cancelled : .timedOut
      }
    }
  }

  /// Whether the program itself has ended; `isRunning` stays true as long as a child of it lives.
  private static func hasExited(_ process: Process) -> Bool {
    var info = siginfo_t()
    // Leaves it to `Process` to take the status.
    let result = waitid(P_PID, id_t(process.processIdentifier), &info, WEXITED | WNOHANG | WNOWAIT)
    return result != 0 || info.si_signo != 0
  }

  /// Waits until `Process` has taken the status, which follows the end of all children; a second at most.
  private static func isReaped(_ process: Process) -> Bool {
    let start = ContinuousClock.now
    while process.isRunning {
      guard ContinuousClock.now - start < .seconds(1) else { return false }
      usleep(1000)
    }
    return true
  }

  /// Ends the program and its children: `Process` makes it the leader of a group.
  private static func end(_ process: Process) {
    if kill(-process.processIdentifier, SIGKILL) != 0, process.isRunning {
      kill(process.processIdentifier, SIGKILL)
    }
  }
}

/// A pipe that a program writes to; used by one thread.
private final class OutputPipe {
  private let reader: Int32
  private(set) var writer: Int32
  private let limit: Int
  private(set) var bytes: [UInt8] = []
  private(set) var isAtEnd = false

  init?(limit: Int) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reader, writer) = (ends[0], ends[1])
    self.limit = limit
  }

  deinit {
    close(reader)
    closeWriter()
  }

  func closeWriter() {
    guard writer >= 0 else { return }
    close(writer)
    writer = -1
  }

  /// Reads what is there, waiting a little when nothing is; what is beyond the limit is dropped.
  static func readAvailable(_ pipes: [OutputPipe], waitMilliseconds: Int32) {
    let open = pipes.filter { !$0.isAtEnd }
    guard !open.isEmpty else {
      usleep(UInt32(waitMilliseconds) * 1000)
      return
    }
    var polled = open.map { pollfd(fd: $0.reader, events: Int16(POLLIN), revents: 0) }
    guard poll(&polled, nfds_t(polled.count), waitMilliseconds) > 0 else { return }
    for (pipe, entry) in zip(open, polled) where entry.revents != 0 { pipe.readOnce() }
  }

  private func readOnce() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(reader, &buffer, buffer.count)
    guard count > 0 else {
      isAtEnd = true
      return
    }
    bytes += buffer[..<min(count, limit - bytes.count)]
  }
}

/// Set once, from any thread.
private final class CancellationFlag: Sendable {
  private let flag = Guarded(false)

  var isSet: Bool { flag.withLock { $0 } }

  func set() { flag.withLock { $0 = true } }
}
