import AzureSimulator

/// Two organizations of 30 repositories with everything that a crawl follows: files at fixed paths and at paths with
/// wildcards, placeholders, Locations, patterns, and targets in the other organization.
enum SweepWorld {
  static let organizations = ["contoso", "fabrikam"]
  static let tokens = ["contoso": "simulator-token", "fabrikam": "simulator-token"]

  /// What the settings ask for.
  static let settings = """
      timeouts: {idle: 1s}
    catalog:
      providers:
        azureDevOps:
          one: {organization: contoso, project: '*', path: /catalog-info.yaml}
          two: {organization: fabrikam, project: '*', path: /catalog-info.yaml}
          three:
            organization: fabrikam
            project: '*'
            repository: r1*
            path: /services/*/catalog-info.yaml

    """

  /// - Parameters:
  ///   - isChanged: Whether people have worked on it: files are new, gone, changed and broken.
  ///   - isContested: Whether two repositories have begun to claim one name meanwhile.
  static func world(isChanged: Bool, isContested: Bool = false) -> World {
    var files: [String: [String: String]] = [:]
    for organization in organizations {
      for number in 0..<30 {
        let project = organization == "contoso" && number < 15 ? "P" : "Q"
        let name = number < 10 ? "r0\(number)" : "r\(number)"
        var contents = Self.files(organization, number, isChanged: isChanged)
        if isContested, isChanged, number == 5 || number == 26 {
          contents["/catalog-info.yaml", default: ""] += "---\n" + component("contested", owner: name)
        }
        files["\(organization)/\(project)/\(name)"] = contents
      }
    }
    return EndToEndTests.world(files: files)
  }

  private static func files(_ organization: String, _ number: Int, isChanged: Bool) -> [String: String] {
    let name = "\(organization)-\(number)"
    var files = ["/README.md": "text\n"]
    switch number % 10 {
    case 0:
      if number == 10, isChanged { files["/catalog-info.yaml"] = component(name) }
    case 1:
      files["/catalog-info.yaml"] = """
        apiVersion: backstage.io/v1alpha1
        kind: API
        metadata: {name: \(name)}
        spec: {type: openapi, lifecycle: production, owner: a, definition: {$text: ./openapi.yaml}}

        """
      files["/openapi.yaml"] = number == 1 && isChanged ? "openapi: 3.1.0\n" : "openapi: 3.0.0\n"
    case 2:
      let other = organizations.first { $0 != organization } ?? ""
      var targets = ["./parts/*.yaml", "./a.yaml"]
      if number == 12, isChanged { targets[1] = "./b.yaml" }
      if number == 22 {
        targets.append("https://dev.azure.com/\(other)/Q/_git/r25?path=/of-\(organization).yaml")
      }
      files["/catalog-info.yaml"] = location(name, targets)
      for part in ["a", "b", "parts/one", "parts/two"] {
        files["/\(part).yaml"] = component("\(name)-\(part.replacing("/", with: "-"))")
      }
      if number == 2, isChanged {
        files["/parts/one.yaml"] = nil
        files["/parts/three.yaml"] = component("\(name)-three")
      }
    default:
      files["/catalog-info.yaml"] = component(name, owner: number % 4 == 3 && isChanged ? "new" : "old")
      if number == 7, isChanged { files["/catalog-info.yaml"] = nil }
      if number == 8 {
        files["/catalog-info.yaml", default: ""] +=
          "---\n" + component(isChanged ? "\(name)-new" : "\(name)-second")
      }
      if number == 9, isChanged { files["/catalog-info.yaml"] = "kind: Component\n metadata: [\n" }
      if number == 25 { for of in organizations { files["/of-\(of).yaml"] = component("\(name)-of-\(of)") } }
      if number / 10 == 1 {
        files["/services/a/catalog-info.yaml"] = component("\(name)-a")
        if number != 15 || !isChanged { files["/services/b/catalog-info.yaml"] = component("\(name)-b") }
        if number == 14, isChanged { files["/services/c/catalog-info.yaml"] = component("\(name)-c") }
      }
    }
    return files
  }
}
