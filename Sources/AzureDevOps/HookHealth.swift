/// How well an address is told of the events of an organization's projects: pure.
package struct HookHealth: Sendable, Equatable {
  /// Without a slash at its end.
  package var url: String
  /// How many subscriptions there are to be: one for each project and kind of event.
  package var wanted: Int
  /// How many of them are not there.
  package var missing: Int
  /// How many are there and disabled, by what the service says of them, such as `disabledBySystem`.
  package var disabled: [String: Int]
  /// How many the service is about to give up, because their events fail (facts/azure-devops-api.md 7.3).
  package var onProbation: Int

  package var isWell: Bool { missing == 0 && disabled.isEmpty && onProbation == 0 }

  /// - Parameters:
  ///   - projects: The ids of the projects that events are wanted of.
  ///   - existing: All subscriptions of the organization; those to other addresses are left out. One without a project is
  ///     for all of them.
  package init(of url: String, projects: [String], existing: [HookSubscription]) {
    self.url = url
    wanted = projects.count * HookPlan.eventTypes.count
    missing = 0
    disabled = [:]
    onProbation = 0
    for type in HookPlan.eventTypes {
      let ofType = existing.filter { $0.eventType == type && $0.address == url }
      for project in projects {
        let found = ofType.filter { [project, ""].contains($0.projectID) }
        let active = found.filter(\.isActive)
        if !active.isEmpty {
          onProbation += active.allSatisfy { $0.status.lowercased() == "onprobation" } ? 1 : 0
        } else if let first = found.first {
          disabled[first.status, default: 0] += 1
        } else {
          missing += 1
        }
      }
    }
  }

  /// Each address with subscriptions that ends in a path, the one with the fewest faults first.
  package static func all(
    endingIn path: String,
    projects: [String],
    existing: [HookSubscription]
  ) -> [HookHealth] {
    Set(existing.map(\.address)).filter { $0.hasSuffix(path) }
      .map { HookHealth(of: $0, projects: projects, existing: existing) }
      .sorted { ($0.faults, $0.url) < ($1.faults, $1.url) }
  }

  private var faults: Int { missing + disabled.values.reduce(0, +) + onProbation }
}

extension HookSubscription {
  /// The address without a slash at its end, which makes no other address of it.
  package var address: String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
