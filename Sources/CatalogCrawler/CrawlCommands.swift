import ArgumentParser
import AzureDevOps
import Crawl
import Settings

/// Crawls everything in the settings.
struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Crawl every organization of the settings.",
    discussion: """
      Lists each organization's repositories, asks each for its catalog files and stores what is new. \
      Nothing is removed unless Azure DevOps says that it is gone: a repository that is no longer listed is \
      kept until a second list does not have it either and it is shown as deleted.

      Exit code: 0 everything was read; 2 something could not be read, or repositories that are no longer \
      listed are kept; what was stored is as it was before; 1 no \
      organization could be listed; 64 wrong arguments; 75 another process crawls; 78 wrong settings; \
      130 interrupted.

      A sync that was cut off is continued by the next one: what it has stored is not asked for again.

      Examples:
        catalog-crawler sync
        catalog-crawler sync --config app-config.yaml --config production.yaml --json
      """
  )

  @OptionGroup var options: CommonOptions

  @OptionGroup var waitOptions: WaitOptions

  @OptionGroup var handOver: HandOverOptions

  @Flag(
    name: .long,
    help: "Remove all repositories that are no longer listed, without asking whether they are deleted."
  )
  var acceptRemovals = false

  func run() async throws {
    var request = CrawlRequest.sync
    request.acceptsRemovals = acceptRemovals
    let waiting = waitOptions.waiting(quiet: options.quiet)
    try await CrawlRun(options: options, request: request, waiting: waiting, follows: !handOver.noWait).run()
  }
}

/// Crawls a part of the settings' scope.
struct RefreshCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh",
    abstract: "Crawl one organization, project, repository or file.",
    discussion: """
      Like sync, but only for what is named. A repository that is known needs no listing: refreshing it \
      costs one request for each of its files.

      Examples:
        catalog-crawler refresh --organization contoso
        catalog-crawler refresh --organization contoso --project Payments --repository api
        catalog-crawler refresh 'https://dev.azure.com/contoso/Payments/_git/api?path=/catalog-info.yaml'
      """
  )

  @OptionGroup var options: CommonOptions

  @OptionGroup var waitOptions: WaitOptions

  @OptionGroup var handOver: HandOverOptions

  @OptionGroup var target: RefreshTarget

  @OptionGroup var pace: DueOptions

  func validate() throws {
    if target.isEmpty, !pace.due {
      throw ValidationError(
        "say what to refresh: a URL, --organization, --project, --repository or --due; 'sync' crawls everything"
      )
    }
    if pace.due, target.url != nil || target.project != nil || target.repository != nil {
      throw ValidationError("--due is of whole organizations: only --organization goes with it")
    }
  }

  func run() async throws {
    let waiting = waitOptions.waiting(quiet: options.quiet)
    let limits = try target.limits()
    let request: CrawlRequest =
      try pace.refresh().map { .refresh(due: $0, limits) } ?? .refresh(limits)
    try await CrawlRun(options: options, request: request, waiting: waiting, follows: !handOver.noWait).run()
  }
}

/// How much of what is due a refresh visits.
struct DueOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: ArgumentHelp(
      "Only the repositories that are due, the longest due first.",
      discussion:
        "Those that change often are due often, dormant ones rarely. Lists nothing and follows no locations: "
        + "what is new altogether is found by 'sync'."
    )
  )
  var due = false

  @Option(
    name: .long,
    help: "With --due: how many requests to send in each organization, for each five minutes."
  )
  var budget = DueRefresh().budget

  @Option(name: .long, help: "With --due: the shortest time between two visits, such as 5m.")
  var shortest = "5m"

  @Option(name: .long, help: "With --due: the longest, as far as the budget is enough for it, such as 7d.")
  var longest = "7d"

  func validate() throws { _ = try refresh() }

  /// Nil without `--due`.
  func refresh() throws -> DueRefresh? {
    guard due else { return nil }
    guard budget >= 1 else { throw ValidationError("--budget must be 1 or more") }
    let (shortest, longest) = try (seconds(shortest, "--shortest"), seconds(longest, "--longest"))
    guard shortest <= longest else { throw ValidationError("--shortest must not be longer than --longest") }
    return DueRefresh(budget: budget, shortest: shortest, longest: longest)
  }

  private func seconds(_ text: String, _ option: String) throws -> Double {
    guard let duration = DurationText.duration(text), duration > .zero else {
      throw ValidationError("\(option): got '\(text)', expected a duration such as 5m, 12h or 7d")
    }
    return duration / .seconds(1)
  }
}

/// What a refresh is limited to.
struct RefreshTarget: ParsableArguments {
  @Option(name: .long, help: "Only this organization.", completion: .organization)
  var organization: String?

  @Option(name: .long, help: "Only this project.")
  var project: String?

  @Option(name: .long, help: "Only this repository.")
  var repository: String?

  @Argument(help: "A repository or a file of one, as copied from the browser.")
  var url: String?

  /// Whether nothing is named.
  var isEmpty: Bool { organization == nil && project == nil && repository == nil && url == nil }

  func validate() throws {
    if url != nil, organization != nil || project != nil || repository != nil {
      throw ValidationError(
        "a URL names the repository; leave out --organization, --project and --repository"
      )
    }
    _ = try limits()
  }

  func limits() throws -> CrawlLimits {
    guard let url else {
      return CrawlLimits(organization: organization, project: project, repository: repository)
    }
    let address: RepositoryURL
    do {
      address = try RepositoryURL(url)
    } catch {
      throw ValidationError("\(error)")
    }
    var limits = CrawlLimits(
      host: address.host,
      organization: address.organization,
      project: address.project,
      repository: address.repository,
      path: address.path
    )
    switch address.version {
    case .branch(let name): limits.branch = name
    case nil: break
    case .tag, .commit:
      throw ValidationError("the catalog follows branches; copy the URL of a file on a branch")
    }
    return limits
  }
}
