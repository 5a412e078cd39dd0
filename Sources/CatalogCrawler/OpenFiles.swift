import Foundation

/// How many files and connections the process may have open.
enum OpenFiles {
  /// Kept back for the database, its readers, and what the libraries open.
  static let reserved = 64
  /// More than any crawl needs; some systems say that there is no limit.
  private static let enough: rlim_t = 65_536

  /// Raises the soft limit as far as the system allows and returns it: usual systems give 1,024 to a
  /// program that does not ask, which 64 organizations with 16 requests each use up.
  static func raiseLimit() -> Int {
    var limits = rlimit()
    #if canImport(Glibc)
      let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let kind = RLIMIT_NOFILE
    #endif
    guard getrlimit(kind, &limits) == 0 else { return 1_024 }
    if limits.rlim_cur < min(limits.rlim_max, enough) {
      var raised = limits
      raised.rlim_cur = min(limits.rlim_max, enough)
      if setrlimit(kind, &raised) == 0 { limits = raised }
    }
    return Int(min(limits.rlim_cur, enough))
  }
}
