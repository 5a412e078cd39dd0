/// Where the chain of locations began that led to an entity.
package enum EntityOrigin: Sendable, Equatable {
  /// A catalog file that was found by crawling an organization.
  case organization(url: String)
  /// A location that was registered by command.
  case registered(url: String)
  /// An element of `catalog.locations`.
  case settings(type: String, target: String)

  /// The location type that rules compare.
  fileprivate var type: String {
    switch self {
    case .organization, .registered: "url"
    case .settings(let type, _): type
    }
  }

  fileprivate var target: String {
    switch self {
    case .organization(let url), .registered(let url): url
    case .settings(_, let target): target
    }
  }
}

/// Which kinds of entities may come from where: `catalog.rules` and the rules of `catalog.locations`
/// (facts/backstage-azure.md 6.2, facts/backstage-catalog.md 7.9, decisions.md 9).
///
/// Without `catalog.rules`, what was crawled or registered may carry every kind, and `catalog.locations`
/// those of `kindsWithoutRules`. With them, they alone decide, for all origins; an empty list allows nothing.
/// Rules are added up, and those of a location only ever add, for that type and target.
package struct KindRules: Sendable {
  /// What elements of `catalog.locations` may carry when `catalog.rules` is absent.
  package static let kindsWithoutRules = ["Component", "API", "Location"]

  /// Whether `catalog.rules` is there.
  private let isRuled: Bool
  private let permissions: [Permission]
  private let canonical: @Sendable (String) -> String

  /// Reads the rules.
  ///
  /// - Parameters:
  ///   - rules: `catalog.rules`; nil when the key is absent.
  ///   - locations: `catalog.locations`.
  ///   - canonical: The one spelling of a target, for example by `RepositoryURL.canonicalText(of:)`, so that
  ///     `exact` and `catalog.locations` survive another spelling of it. Applied to origins as well.
  /// - Throws: `KindRulesError` for a `pattern` that cannot be used.
  package init(
    rules: [CatalogRule]?,
    locations: [LocationSettings],
    canonical: @escaping @Sendable (String) -> String
  ) throws(KindRulesError) {
    var permissions: [Permission] = []
    for (index, rule) in (rules ?? []).enumerated() {
      var places: [Permission.Place] = rule.locations.isEmpty ? [.anywhere] : []
      for (number, place) in rule.locations.enumerated() {
        do throws(PathGlobError) {
          places.append(try Permission.Place(place, canonical: canonical))
        } catch {
          throw KindRulesError(
            keyPath: "catalog.rules[\(index)].locations[\(number)].pattern",
            message: error.description
          )
        }
      }
      for kind in rule.allow { permissions += places.map { Permission(kind, from: $0) } }
    }
    for location in locations {
      let place = Permission.Place.exact(type: location.type, target: canonical(location.target))
      permissions += location.allow.map { Permission($0, from: place) }
    }
    isRuled = rules != nil
    self.permissions = permissions
    self.canonical = canonical
  }

  /// What may come from an origin; made once for all entities of it.
  package func permit(for origin: EntityOrigin) -> KindPermit {
    var isStatic = false
    if case .settings = origin { isStatic = true }
    if !isRuled, !isStatic { return KindPermit(allowed: nil, isRuled: false) }
    let targets = Set([origin.target, canonical(origin.target)])
    var allowed = isRuled ? [] : Self.kindsWithoutRules.map { CatalogRule.Kind(kind: $0) }
    for permission in permissions where permission.place.has(type: origin.type, targets: targets) {
      if !allowed.contains(permission.kind) { allowed.append(permission.kind) }
    }
    return KindPermit(allowed: allowed, isRuled: isRuled)
  }

  /// Whether an entity may come from an origin.
  ///
  /// - Parameter specType: `spec.type` of the entity; nil when it has none.
  package func verdict(kind: String, specType: String?, from origin: EntityOrigin) -> KindVerdict {
    permit(for: origin).verdict(kind: kind, specType: specType)
  }

  /// All that decides, in one spelling, so that stored verdicts are made anew when it changes.
  ///
  /// Equal for rules that say the same in another order. Holds the targets of the settings.
  package var version: String {
    // Raised when the meaning of rules changes while the settings stay the same.
    let head = ["kind-rules 1", isRuled ? "rules" : "no rules"]
    return (head + Set(permissions.map(\.description)).sorted()).joined(separator: "\n")
  }
}

/// What may come from one origin.
package struct KindPermit: Sendable, Equatable {
  /// Nil for everything.
  fileprivate let allowed: [CatalogRule.Kind]?
  /// Whether `catalog.rules` is there.
  fileprivate let isRuled: Bool

  /// Whether an entity may come from the origin: its kind in any letter case, its `spec.type` exactly.
  ///
  /// - Parameter specType: Nil when the entity has none.
  package func verdict(kind: String, specType: String?) -> KindVerdict {
    guard let allowed else { return .allowed }
    let ofKind = allowed.filter { $0.kind.lowercased() == kind.lowercased() }
    if ofKind.contains(where: { $0.specType == nil || $0.specType == specType }) { return .allowed }
    return .denied(because: reason(kind: kind, types: ofKind.compactMap(\.specType), in: allowed))
  }

  private func reason(kind: String, types: [String], in allowed: [CatalogRule.Kind]) -> String {
    let setting = isRuled ? "catalog.rules" : "catalog.locations"
    if !types.isEmpty {
      let list = types.map { "'\($0)'" }.joined(separator: " or ")
      return "'\(setting)' allows the kind \(kind) from this location only with spec.type \(list)"
    }
    if allowed.isEmpty { return "'catalog.rules' allows no kind from this location, got \(kind)" }
    var kinds: [String] = []
    for kind in allowed.map(\.kind) where !kinds.contains(kind) { kinds.append(kind) }
    let list = kinds.joined(separator: ", ")
    guard isRuled else {
      return
        "without 'catalog.rules', this element of 'catalog.locations' may carry only \(list), got \(kind)"
    }
    return "'catalog.rules' allows only \(list) from this location, got \(kind)"
  }
}

/// Whether an entity may be kept.
package enum KindVerdict: Sendable, Equatable {
  case allowed
  /// With a sentence for people: what is allowed by which setting, and what came.
  case denied(because: String)
}

/// Why rules cannot be used.
package struct KindRulesError: Error, Sendable, Equatable, CustomStringConvertible {
  /// For example `catalog.rules[0].locations[1].pattern`.
  package let keyPath: String
  /// What was expected and what came.
  package let message: String

  package var description: String { "\(keyPath): \(message)" }
}
