import Foundation

/// Reads `catalog.providers.azureDevOps` (facts/backstage-azure.md 5.1).
struct ProviderReader {
  /// How often something may be wanted to run.
  static let frequencies = Duration.milliseconds(1)...Duration.seconds(3650 * 86_400)

  /// The hosts that have an integration.
  let hosts: [String]

  /// The providers sorted by id; the setting is an object of providers by id, or a single provider.
  func read(_ setting: Setting) -> [ProviderSettings] {
    guard setting.isWritten, setting.isObject() else { return [] }
    let organization = setting["organization"]
    if case .object = organization.node?.content {
    } else if organization.node != nil {
      return [provider(setting, id: "default")].compactMap { $0 }
    }
    return setting.entries().compactMap { id, value in
      value.isObject() ? provider(value, id: id) : nil
    }
    .sorted { $0.id < $1.id }
  }

  private func provider(_ setting: Setting, id: String) -> ProviderSettings? {
    let host = Self.host(setting["host"], among: hosts)
    let organization = setting["organization"].organizationName()
    let project = setting["project"].requiredString()
    let repository = setting["repository"].string()
    let paths = setting["path"].oneOrMore().compactMap(path)
    let branches = setting["branch"].oneOrMore().compactMap { $0.string() }
    let maxRepositorySize = setting["maxRepositorySize"].integer(in: 1...Int.max)
    let schedule = schedule(setting["schedule"])
    let skipForkedRepos = setting["skipForkedRepos"].boolean()
    let discoveryMethod = setting["discoveryMethod"].string()
    guard let host, let organization, let project else { return nil }
    return ProviderSettings(
      id: id,
      host: host,
      organization: organization,
      project: NamePattern(project),
      repository: repository.map(NamePattern.init) ?? .any,
      paths: paths.isEmpty ? [DiscoveryRule.defaultPath] : paths,
      branches: branches,
      maxRepositorySize: maxRepositorySize,
      schedule: schedule,
      skipForkedRepos: skipForkedRepos ?? false,
      discoveryMethod: discoveryMethod,
      place: setting.place
    )
  }

  /// With a slash before it; one with wildcards is a pattern that can be used.
  private func path(_ setting: Setting) -> String? {
    guard let text = setting.string() else { return nil }
    let path = text.hasPrefix("/") ? text : "/" + text
    guard PathGlob.isPattern(path) else { return path }
    do throws(PathGlobError) {
      _ = try PathGlob(path)
    } catch {
      setting.fail("got '\(text)', wanted a path or a pattern: \(error)")
    }
    return path
  }

  /// A host that has an integration; `dev.azure.com` when absent, nil when wrong.
  static func host(_ setting: Setting, among hosts: [String]) -> String? {
    guard setting.isWritten else { return AzureHost.services }
    guard let host = setting.string() else { return nil }
    guard hosts.contains(host) else {
      setting.fail("there is no Azure integration for host \(host); add it to integrations.azure")
      return nil
    }
    return host
  }

  private func schedule(_ setting: Setting) -> ProviderSchedule? {
    guard setting.isWritten, setting.isObject() else { return nil }
    let frequency = setting["frequency"].frequency(in: Self.frequencies)
    if !setting["frequency"].isWritten { setting["frequency"].failMissing() }
    let timeout = setting["timeout"].duration(in: Self.frequencies)
    let initialDelay = setting["initialDelay"].duration(in: .zero...Self.frequencies.upperBound)
    let scope = setting["scope"].word(among: ["global", "local"])
    guard let frequency else { return nil }
    return ProviderSchedule(
      frequency: frequency,
      timeout: timeout,
      initialDelay: initialDelay,
      isLocal: scope == "local"
    )
  }
}

extension Setting {
  /// The elements of a list, or the value itself when it is none; empty when absent or wrong.
  func oneOrMore() -> [Setting] {
    guard isWritten else { return [] }
    guard case .list(let nodes) = node?.content else { return [self] }
    if nodes.isEmpty { fail("got an empty list, wanted at least one element") }
    return elements() ?? []
  }

  /// One of a few words, or nil when absent or wrong.
  func word(among words: [String]) -> String? {
    guard let word = string() else { return nil }
    guard words.contains(word) else {
      fail("got '\(word)', wanted \(words.map { "'\($0)'" }.joined(separator: " or "))")
      return nil
    }
    return word
  }

  /// A duration, `{cron: TEXT}` or `{trigger: manual}`.
  func frequency(in range: ClosedRange<Duration>) -> ScheduleFrequency? {
    if self["cron"].node != nil {
      rejectUnknownKeys(["cron", "timeZone"])
      guard let cron = self["cron"].requiredString() else { return nil }
      let zone = self["timeZone"].string()
      if let zone, TimeZone(identifier: zone) == nil {
        self["timeZone"].fail("got '\(zone)', wanted the name of a time zone like 'Europe/Berlin'")
      }
      do throws(CronError) {
        _ = try CronExpression(cron)
      } catch {
        self["cron"].fail("got '\(cron)', wanted a cron expression like '0 3 * * *': \(error)")
        return nil
      }
      return .cron(cron, timeZone: zone)
    }
    if self["trigger"].node != nil {
      rejectUnknownKeys(["trigger"])
      return self["trigger"].word(among: ["manual"]).map { _ in .manual }
    }
    return duration(in: range).map(ScheduleFrequency.every)
  }
}
