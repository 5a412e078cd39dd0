import ArgumentParser
import AzureDevOps
import Crawl

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

  @Flag(
    name: .long,
    help: "Remove all repositories that are no longer listed, without asking whether they are deleted."
  )
  var acceptRemovals = false

  func run() async throws {
    var request = CrawlRequest.sync
    request.acceptsRemovals = acceptRemovals
    let waiting = waitOptions.waiting(quiet: options.quiet)
    try await CrawlRun(options: options, request: request, waiting: waiting).run()
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

  @OptionGroup var target: RefreshTarget

  func validate() throws {
    if target.isEmpty {
      throw ValidationError(
        "say what to refresh: a URL, --organization, --project or --repository; 'sync' crawls everything"
      )
    }
  }

  func run() async throws {
    let waiting = waitOptions.waiting(quiet: options.quiet)
    try await CrawlRun(options: options, request: .refresh(try target.limits()), waiting: waiting).run()
  }
}

/// What a refresh is limited to.
struct RefreshTarget: ParsableArguments {
  @Option(name: .long, help: "Only this organization.")
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
