/// Reads everything under `crawler` (decisions.md 3).
struct ProgramReader {
  private static let second = Duration.seconds(1)
  private static let hour = Duration.seconds(3600)
  private static let day = Duration.seconds(86_400)

  /// The hosts that have an integration.
  let hosts: [String]

  func read(_ setting: Setting) -> ProgramSettings {
    var program = ProgramSettings()
    guard setting.isWritten, setting.isObject() else { return program }
    setting.rejectUnknownKeys([
      "database", "listen", "concurrency", "organizations", "endpoints", "allowPlainHTTP", "timeouts", "tls",
      "proxy", "limits", "include", "exclude", "orphans", "removals", "resumeFor", "locations", "yaml",
      "history", "codeSearch", "api", "webhooks", "shutdownTimeout", "schedule",
    ])
    readPlaces(setting, into: &program)
    readNetwork(setting, into: &program)
    readLimits(setting, into: &program)
    readCatalog(setting, into: &program)
    readService(setting, into: &program)
    return program
  }

  private func readPlaces(_ setting: Setting, into program: inout ProgramSettings) {
    program.database = setting["database"].path()
    for element in setting["organizations"].elements() ?? [] {
      if let organization = organization(element) { program.organizations.append(organization) }
    }
    program.include = (setting["include"].elements() ?? []).compactMap(selector)
    program.exclude = (setting["exclude"].elements() ?? []).compactMap(selector)
  }

  private func organization(_ setting: Setting) -> OrganizationSettings? {
    if setting.isText {
      return setting.organizationName().map { OrganizationSettings(host: AzureHost.services, name: $0) }
    }
    guard setting.isObject(or: "string") else { return nil }
    setting.rejectUnknownKeys(["host", "name"])
    let host = ProviderReader.host(setting["host"], among: hosts)
    let name = setting["name"].organizationName()
    guard let host, let name else { return nil }
    return OrganizationSettings(host: host, name: name)
  }

  private func selector(_ setting: Setting) -> RepositorySelector? {
    if setting.isText {
      guard let text = setting.string() else { return nil }
      guard !text.split(separator: "/", omittingEmptySubsequences: false).contains("") else {
        setting.fail(
          "got '\(text)', wanted REPOSITORY, PROJECT/REPOSITORY or ORGANIZATION/PROJECT/REPOSITORY"
        )
        return nil
      }
      return RepositorySelector(text: text)
    }
    guard setting.isObject(or: "string") else { return nil }
    setting.rejectUnknownKeys(["organization", "project", "repository"])
    let parts = ["organization", "project", "repository"].map { setting[$0].string() }
    guard parts.contains(where: { $0 != nil }) else {
      setting.fail("got an object without keys, wanted organization, project or repository")
      return nil
    }
    return RepositorySelector(
      organization: parts[0].map(NamePattern.init) ?? .any,
      project: parts[1].map(NamePattern.init) ?? .any,
      repository: parts[2].map(NamePattern.init) ?? .any
    )
  }

  private func readNetwork(_ setting: Setting, into program: inout ProgramSettings) {
    let endpoints = EndpointReader()
    program.allowPlainHTTP = endpoints.plainHosts(setting["allowPlainHTTP"])
    program.endpoints = endpoints.endpoints(setting["endpoints"], plainHosts: program.allowPlainHTTP)
    program.proxy = endpoints.proxy(setting["proxy"])
    if let listen = endpoints.listenAddress(setting["listen"]) { program.listen = listen }

    let tls = setting["tls"].knownKeys(["caFile"])
    program.caFile = tls["caFile"].path()

    let timeouts = setting["timeouts"].knownKeys(["connect", "idle", "total"])
    let range = Duration.milliseconds(1)...Self.hour
    timeouts["connect"].duration(in: range).map { program.timeouts.connect = $0 }
    timeouts["idle"].duration(in: range).map { program.timeouts.idle = $0 }
    timeouts["total"].duration(in: range).map { program.timeouts.total = $0 }
    if program.timeouts.total < max(program.timeouts.connect, program.timeouts.idle) {
      let total = DurationText.text(program.timeouts.total)
      timeouts["total"].fail("got \(total), wanted at least as much as for connect and idle")
    }
  }

  private func readLimits(_ setting: Setting, into program: inout ProgramSettings) {
    setting["concurrency"].integer(in: 1...128).map { program.concurrency = $0 }
    let limits = setting["limits"].knownKeys(["requestsPerMinute", "maxWait", "shareIdentityPause"])
    program.limits.requestsPerMinute = limits["requestsPerMinute"].integer(in: 1...100_000)
    limits["maxWait"].duration(in: Self.second...Self.day).map { program.limits.maxWait = $0 }
    limits["shareIdentityPause"].boolean().map { program.limits.shareIdentityPause = $0 }

    let yaml = setting["yaml"].knownKeys(["maxBytes", "maxDepth", "maxAliases"])
    yaml["maxBytes"].integer(in: 1024...104_857_600).map { program.yaml.maxBytes = $0 }
    yaml["maxDepth"].integer(in: 1...1000).map { program.yaml.maxDepth = $0 }
    yaml["maxAliases"].integer(in: 0...10_000_000).map { program.yaml.maxAliases = $0 }
  }

  private func readCatalog(_ setting: Setting, into program: inout ProgramSettings) {
    let orphans = setting["orphans"].knownKeys(["keepCrawls"])
    orphans["keepCrawls"].integer(in: 1...1000).map { program.orphanKeepCrawls = $0 }
    let removals = setting["removals"].knownKeys(["maxShare"])
    removals["maxShare"].share().map { program.removalMaxShare = $0 }
    setting["resumeFor"].duration(in: .zero...(Self.day * 30)).map { program.resumeFor = $0 }
    let locations = setting["locations"].knownKeys(["fileRoots"])
    program.fileRoots = (locations["fileRoots"].elements() ?? []).compactMap { $0.path() }
    let history = setting["history"].knownKeys(["keepDays"])
    history["keepDays"].integer(in: 0...36_500).map { program.historyKeepDays = $0 == 0 ? nil : $0 }
    setting["codeSearch"].boolean().map { program.codeSearch = $0 }
  }

  private func readService(_ setting: Setting, into program: inout ProgramSettings) {
    program.api = APIReader.api(setting["api"])
    program.webhooks = APIReader.webhooks(setting["webhooks"])
    setting["shutdownTimeout"].duration(in: .zero...Self.hour).map { program.shutdownTimeout = $0 }

    let schedule = setting["schedule"].knownKeys(["sync", "refresh"])
    (program.schedule.sync, program.schedule.syncTimes) = run(schedule["sync"])
    (program.schedule.refresh, program.schedule.refreshTimes) = run(schedule["refresh"])
  }

  /// A frequency, or as Backstage writes it an object with one besides other times.
  private func run(_ setting: Setting) -> (ScheduleFrequency?, ScheduleTimes) {
    let range = Self.second...(Self.day * 3650)
    guard setting.isWritten, setting["frequency"].node != nil else {
      return (setting.frequency(in: range), ScheduleTimes())
    }
    setting.rejectUnknownKeys(["frequency", "timeout", "initialDelay"])
    let times = ScheduleTimes(
      timeout: setting["timeout"].duration(in: range),
      initialDelay: setting["initialDelay"].duration(in: .zero...range.upperBound)
    )
    return (setting["frequency"].frequency(in: range), times)
  }
}

extension Setting {
  /// Notes unknown keys of an object, and anything that is no object.
  func knownKeys(_ keys: [String]) -> Setting {
    if isWritten, isObject() { rejectUnknownKeys(keys) }
    return self
  }

  /// A path as an absolute one; relative ones begin in the folder of the file that sets them.
  func path() -> String? {
    string().map { FilePath.absolute($0, in: node?.folder ?? "/") }
  }
}
