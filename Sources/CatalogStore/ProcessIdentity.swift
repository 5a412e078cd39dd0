import Foundation

/// Which process of which machine.
package struct ProcessIdentity: Sendable, Equatable {
  /// The machine's name, and behind a blank what tells apart its runs and its groups of process ids: after a
  /// restart, or in another container, the same id is another process.
  package var machine: String
  package var pid: Int32
  /// When it began, as the machine counts it; nil where that is not known.
  package var started: String?

  package init(machine: String, pid: Int32, started: String?) {
    self.machine = machine
    self.pid = pid
    self.started = started
  }

  /// The machine's name alone.
  package var machineName: String { machine.split(separator: " ").first.map(String.init) ?? machine }

  /// This process.
  package static let current: ProcessIdentity = {
    let process = ProcessInfo.processInfo
    let run = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)  // Linux only
    let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")  // the same
    let name = process.hostName.replacing(" ", with: "-")
    let parts = [
      name.isEmpty ? "localhost" : name, run?.trimmingCharacters(in: .whitespacesAndNewlines), space,
    ]
    let pid = process.processIdentifier
    return ProcessIdentity(
      machine: parts.compactMap(\.self).joined(separator: " "),
      pid: pid,
      started: start(of: pid)
    )
  }()

  /// Whether a process of this machine still runs.
  ///
  /// One that may not be asked runs; one that is dead and not yet waited for does not.
  package static func isAlive(_ process: ProcessIdentity) -> Bool {
    guard process.pid > 0, kill(process.pid, 0) == 0 || errno == EPERM else { return false }
    guard let stat = stat(of: process.pid) else { return true }
    return stat.first != "Z" && stat.first != "X"
      && (process.started == nil || process.started == start(stat))
  }

  private static func start(of pid: Int32) -> String? { stat(of: pid).flatMap(start) }

  /// The 22nd field of the line, of which the first two are cut off already.
  private static func start(_ fields: [Substring]) -> String? {
    fields.count > 19 ? String(fields[19]) : nil
  }

  /// What Linux says of a process, from its state on; nil on other systems.
  private static func stat(of pid: Int32) -> [Substring]? {
    // Any fault means that it is not known; the name before the last bracket may hold blanks.
    guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = line.lastIndex(of: ")")
    else { return nil }
    return line[line.index(after: end)...].split(separator: " ")
  }
}
