import AzureSimulator
import Foundation
import Synchronization
import TestSupport

/// Ends a process at one of its requests, before that is answered.
///
/// Set up before the simulator, told of the process once it runs.
final class KillSwitch: Sendable {
  private struct State {
    /// Counted from 1 since it was set; nil never ends anything.
    var at: Int?
    var count = 0
    var pid: Int32?
  }

  private let state = Mutex(State())

  /// What the simulator calls.
  var onRequest: @Sendable (Int) -> Void {
    { [self] _ in
      let isDue = state.withLock { state in
        state.count += 1
        return state.count == state.at
      }
      guard isDue else { return }
      // The first request may come before whoever began the process knows its id.
      while true {
        if let pid = state.withLock({ $0.pid }) {
          kill(pid, SIGKILL)
          return
        }
        sched_yield()
      }
    }
  }

  /// Ends the next process at this request.
  func set(_ number: Int?) {
    state.withLock { $0 = State(at: number) }
  }

  func began(_ process: Process) { began(process.processIdentifier) }

  func began(_ pid: Int32) { state.withLock { $0.pid = pid } }
}

extension Crawling {
  /// Runs the built program in the folder of the settings and the database.
  func program(
    _ arguments: String...,
    begun: @Sendable (Process) async -> Void = { _ in }
  ) async throws -> ProgramRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await ProgramRun(arguments, in: folder, environment: ["PATH": path], begun: begun)
  }
}
