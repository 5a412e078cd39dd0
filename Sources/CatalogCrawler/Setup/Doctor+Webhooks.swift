import AzureDevOps
import Reporting
import Settings

extension Doctor {
  /// Whether Azure DevOps tells the service of changes, and goes on doing it.
  func webhooks(_ settings: CrawlerSettings, _ report: AuthCheckReport) async -> [Finding] {
    let hooks = settings.crawler.webhooks
    guard hooks.isOn else {
      return [
        Finding(
          "webhooks",
          nil,
          .notChecked,
          "none are configured: crawler.webhooks has no secret; changes are seen by the schedule"
        )
      ]
    }
    let proofs = [hooks.secret.map { _ in "a secret" }, hooks.basic.map { _ in "a user name and password" }]
    let proof = proofs.compactMap(\.self).joined(separator: ", ")
    var findings = [Finding("webhooks", nil, .ok, "the service takes them; what proves them is \(proof)")]
    for organization in settings.scope {
      guard report.isReadable(organization) else {
        findings.append(
          Finding("webhooks", organization.name, .notChecked, "the organization cannot be read")
        )
        continue
      }
      let client = AuthCheck(settings: settings, authorizer: authorizer(settings), send: send)
        .client(of: organization, watchedBy: AnswerSigns())
      do throws(FetchError) {
        findings.append(Self.finding(organization, try await OrganizationHooks(client, organization)))
      } catch {
        findings.append(
          Finding(
            "webhooks",
            organization.name,
            .warning,
            "the subscriptions cannot be read: \(error.fullDescription)",
            next: "let the identity view subscriptions (docs/webhooks.md), or check again later"
          )
        )
      }
    }
    return findings
  }

  private static func finding(_ organization: ScopedOrganization, _ hooks: OrganizationHooks) -> Finding {
    func finding(_ state: DoctorReport.State, _ message: String, next: String? = nil) -> Finding {
      // Names and addresses are what somebody has typed in.
      Finding("webhooks", organization.name, state, DisplayText.line(message).text, next: next)
    }
    let count = hooks.projects.count
    guard count > 0 else { return finding(.ok, "no project of the settings is there to be subscribed to") }
    let all = HookHealth.all(
      endingIn: WebhookAction.path,
      projects: hooks.projects.map(\.id),
      existing: hooks.subscriptions
    )
    guard let best = all.first else {
      return finding(
        .warning,
        "no subscription sends events to an address that ends in \(WebhookAction.path)",
        next: "run 'catalog-crawler webhooks install --url https://NAME\(WebhookAction.path)'"
      )
    }
    let others = all.count > 1 ? "; other addresses with subscriptions: \(all.count - 1)" : ""
    guard !best.isWell else {
      return finding(.ok, "\(best.wanted) subscriptions of \(count) projects send to \(best.url)\(others)")
    }
    let faults =
      [(best.missing, "not there")] + best.disabled.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }
      + [(best.onProbation, "onProbation")]
    let told = faults.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return finding(
      .warning,
      "of \(best.wanted) subscriptions of \(count) projects to \(best.url): \(told)\(others)",
      next: best.missing > 0 || !best.disabled.isEmpty
        ? "look why Azure DevOps could not reach the service, then run "
          + "'catalog-crawler webhooks install --url \(DisplayText.line(best.url).text)'"
        : "look why the service refuses events (its log says it); Azure DevOps gives up what goes on failing"
    )
  }
}
