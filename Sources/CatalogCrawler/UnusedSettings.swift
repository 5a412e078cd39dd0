import Settings

/// Settings that are understood but have no effect in this version.
///
/// A setting that is silently without effect is worse than one that is unknown: a limit that does not limit
/// is found out by the service it was to protect.
enum UnusedSettings {
  /// Key paths of those that are set to something.
  static func keyPaths(in settings: CrawlerSettings) -> [String] {
    let (program, plain) = (settings.crawler, ProgramSettings())
    var paths: [String] = []
    func note(_ path: String, _ isSet: Bool) { if isSet { paths.append(path) } }
    note("crawler.api", program.api != plain.api)
    return paths
  }
}
