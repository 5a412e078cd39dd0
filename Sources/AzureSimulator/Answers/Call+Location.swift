import NIOCore

extension Call {
  /// The table of resources, of all areas or of one, rows first (facts/azure-devops-api.md 1.3, 9.1).
  func locations(_ area: String?) -> SimulatorResponse {
    let wanted = area?.lowercased()
    let rows = Location.all.filter { wanted == nil || $0.area.lowercased() == wanted }
    return json(nil, capacity: 16384) { json in
      json.array("value") { json in
        for row in rows { json.object { row.write(&$0) } }
      }
      json.field("count", rows.count)
    }
  }

  /// The hosts of the areas: none, as on a server, or this host for each (facts/azure-devops-api.md 1.1).
  func resourceAreas(_ id: String?) throws(ServiceError) -> SimulatorResponse {
    guard request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request, resource: .preview)
    let areas = options.listsResourceAreas ? Self.areas : []
    guard let id else {
      return collection(version, areas) { area, json in
        json.object { row(area, &$0) }
      }
    }
    guard let area = areas.first(where: { $0.id == id.lowercased() }) else {
      // An unknown area is an answer without content, not an error: the clients test for null.
      var response = bytes(Self.jsonType(version), .init(string: "null"), variesByEncoding: true)
      response.status = 200
      return response
    }
    return json(version) { row(area, &$0) }
  }

  private typealias Area = (id: String, name: String)

  private static let areas: [Area] = [
    ("4e080c62-fa21-4fbc-8fef-2a10a2b38049", "git"),
    ("79134c72-4a58-4b42-976c-04e7115f32bf", "core"),
    ("ea48a0a1-269c-42d8-b8ad-ddc8fcdcf578", "search"),
  ]

  private func row(_ area: Area, _ json: inout JSONWriter) {
    json.field("id", area.id)
    json.field("name", area.name)
    json.field("locationUrl", organizationAddress + "/")
  }

  /// Who the caller is and which organization this is (facts/azure-devops-api.md 2.14, recording 05).
  func connectionData() throws(ServiceError) -> SimulatorResponse {
    guard request.method == "GET" else { return unknownRoute() }
    let version = try APIVersion(of: request, resource: .preview)
    return json(version) { json in
      json.object("authenticatedUser") { caller(&$0) }
      json.object("authorizedUser") { caller(&$0) }
      json.field("instanceId", organization.id.description)
      json.field("deploymentId", GUID(name: "deployment").description)
      json.field("deploymentType", "hosted")
      json.object("locationServiceData") {
        $0.field("serviceOwner", GUID(name: "service owner").description)
        $0.field("defaultAccessMappingMoniker", "PublicAccessMapping")
        $0.field("lastChangeId", 1)
        $0.field("lastChangeId64", 1)
      }
    }
  }

  private func caller(_ json: inout JSONWriter) {
    let tenant = GUID(name: "tenant")
    json.field("id", stamp.userID.description)
    json.field("descriptor", "Microsoft.IdentityModel.Claims.ClaimsIdentity;\(tenant)\\\(stamp.user)")
    json.field("subjectDescriptor", Self.descriptor)
    json.field("providerDisplayName", stamp.user)
    json.field("customDisplayName", stamp.user)
    json.field("isActive", true)
    json.object("properties") {
      $0.object("Account") {
        $0.field("$type", "System.String")
        $0.field("$value", stamp.user)
      }
    }
    json.field("resourceVersion", 2)
    json.field("metaTypeId", 0)
  }
}
