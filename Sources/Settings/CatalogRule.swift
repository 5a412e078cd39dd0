/// Which kinds of entities may come from where (facts/backstage-azure.md 6.2).
package struct CatalogRule: Sendable, Equatable {
  /// A kind that is allowed, in any letter case.
  package struct Kind: Sendable, Equatable {
    package var kind: String
    /// The only `spec.type` that is allowed, compared exactly; nil allows all.
    package var specType: String?

    package init(kind: String, specType: String? = nil) {
      self.kind = kind
      self.specType = specType
    }
  }

  /// A place that a rule holds for.
  package struct Place: Sendable, Equatable {
    /// Location type, for example `url`.
    package var type: String
    /// The only target; nil when not given.
    package var exact: String?
    /// A glob on the target; nil when not given, and never together with `exact`.
    package var pattern: String?

    package init(type: String, exact: String? = nil, pattern: String? = nil) {
      self.type = type
      self.exact = exact
      self.pattern = pattern
    }
  }

  package var allow: [Kind]
  /// Empty means any place.
  package var locations: [Place]

  package init(allow: [Kind], locations: [Place] = []) {
    self.allow = allow
    self.locations = locations
  }
}

/// One element of `catalog.locations` (facts/backstage-azure.md 6.1).
package struct LocationSettings: Sendable, Equatable {
  /// `url`, `file`, or any other type that a Backstage has a processor for.
  package var type: String
  /// For `file` an absolute path (relative ones are read relative to the settings file), else as written.
  package var target: String
  /// What this location may hold besides what `catalog.rules` allows; empty adds nothing.
  package var allow: [CatalogRule.Kind]
  /// Where it is written.
  package var place: SettingsPlace

  package init(type: String, target: String, allow: [CatalogRule.Kind] = [], place: SettingsPlace) {
    self.type = type
    self.target = target
    self.allow = allow
    self.place = place
  }
}
