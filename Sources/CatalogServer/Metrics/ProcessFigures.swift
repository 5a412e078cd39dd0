import Foundation

/// What the process takes of the machine; nil where the system does not tell.
struct ProcessFigures: Sendable, Equatable {
  var residentBytes: Double?
  var virtualBytes: Double?
  var openFiles: Double?
  var maxFiles: Double?
  /// Seconds of all processors together, in the program and in the system for it.
  var processorSeconds: Double?

  /// As it is now.
  static var current: ProcessFigures {
    var figures = ProcessFigures()
    var usage = rusage()
    #if canImport(Glibc)
      let who = RUSAGE_SELF.rawValue
    #else
      let who = RUSAGE_SELF
    #endif
    if getrusage(.init(who), &usage) == 0 {
      figures.processorSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
    var limit = rlimit()
    #if canImport(Glibc)
      let files = RLIMIT_NOFILE.rawValue
    #else
      let files = RLIMIT_NOFILE
    #endif
    if getrlimit(.init(files), &limit) == 0 { figures.maxFiles = Double(limit.rlim_cur) }
    let page = Double(sysconf(Int32(_SC_PAGESIZE)))
    // Linux only; elsewhere there is no such file.
    if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) {
      let numbers = text.split(separator: " ").compactMap { Double($0) }
      if numbers.count > 1 {
        (figures.virtualBytes, figures.residentBytes) = (numbers[0] * page, numbers[1] * page)
      }
    }
    if let entries = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      // One of them is the folder's own.
      figures.openFiles = Double(max(0, entries.count - 1))
    }
    return figures
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }
}
