/// Reads `catalog.rules` and `catalog.locations` (facts/backstage-azure.md 6.1, 6.2).
struct CatalogReader {
  /// The rules, or nil when the key is absent.
  func rules(_ setting: Setting) -> [CatalogRule]? {
    setting.objects()?.map { rule in
      if !rule["allow"].isWritten { rule["allow"].failMissing() }
      return CatalogRule(
        allow: kinds(rule["allow"]),
        locations: (rule["locations"].objects() ?? []).compactMap(place)
      )
    }
  }

  /// The locations in the order of the file.
  func locations(_ setting: Setting) -> [LocationSettings] {
    (setting.objects() ?? []).compactMap { location in
      let type = location["type"].requiredString()
      let target = location["target"].requiredString()
      let allow = (location["rules"].objects() ?? []).flatMap { rule in
        if !rule["allow"].isWritten { rule["allow"].failMissing() }
        return kinds(rule["allow"])
      }
      guard let type, let target else { return nil }
      let folder = location["target"].node?.folder ?? "/"
      return LocationSettings(
        type: type,
        target: type == "file" ? FilePath.absolute(target, in: folder) : target,
        allow: allow,
        place: location.place
      )
    }
  }

  private func kinds(_ setting: Setting) -> [CatalogRule.Kind] {
    (setting.elements() ?? []).compactMap { element in
      guard !element.isText else { return element.string().map { CatalogRule.Kind(kind: $0) } }
      guard element.isObject(or: "string") else { return nil }
      let specType = element["spec.type"].string()
      return element["kind"].requiredString().map { CatalogRule.Kind(kind: $0, specType: specType) }
    }
  }

  private func place(_ setting: Setting) -> CatalogRule.Place? {
    let type = setting["type"].requiredString()
    let exact = setting["exact"].string()
    let pattern = setting["pattern"].string()
    if exact != nil, pattern != nil {
      setting.fail("got both 'exact' and 'pattern', wanted one of them")
    }
    return type.map { CatalogRule.Place(type: $0, exact: exact, pattern: pattern) }
  }
}
