import HTTPTypes

extension CatalogOperation {
  private static let entityAnswers: [(Int, String, String?)] = [
    (200, "The entity.", "Entity"), (304, "The client has it already.", nil),
    (400, "A malformed request.", "Error"),
    (404, "There is no such entity.", "Error"),
  ]

  private static func list(_ schema: String) -> [(Int, String, String?)] {
    [
      (200, "What was found.", schema), (304, "The client has it already.", nil),
      (400, "A malformed request.", "Error"), (503, "It took too long.", "Error"),
    ]
  }

  private static func answer(_ schema: String) -> [(Int, String, String?)] {
    [
      (200, "What was found.", schema), (400, "A malformed request.", "Error"),
      (413, "The body is too long.", "Error"), (503, "It took too long.", "Error"),
    ]
  }

  static let getEntities = CatalogOperation(
    id: "GetEntities",
    method: .get,
    path: "entities",
    summary: "Entities as an array.",
    query: [
      .fields, .filter, OperationParameter("limit", .number(1), "How many at most."), .offset,
      OperationParameter(
        "after",
        .text,
        "Where the next page begins, from the Link header; comes with its limit."
      ),
      OperationParameter("order", .repeated, "`asc:key` or `desc:key`; several are several levels."),
    ],
    answers: list("Entities")
  )

  static let getEntitiesByQuery = CatalogOperation(
    id: "GetEntitiesByQuery",
    method: .get,
    path: "entities/by-query",
    summary: "A page of entities, with cursors to those before and behind.",
    query: [
      .fields, .filter, OperationParameter("limit", .number(0), "How many at most; 20 without it."), .offset,
      OperationParameter("orderField", .repeated, "`key`, `key,asc` or `key,desc`; only the first counts."),
      OperationParameter("cursor", .text, "From an earlier page; then only limit and fields count besides."),
      OperationParameter("fullTextFilterTerm", .text, "A text that is looked for within values."),
      OperationParameter("fullTextFilterFields", .list, "The keys it is looked for in."),
      OperationParameter("totalItems", .oneOf(["include", "exclude"]), "Whether all are counted."),
    ],
    answers: list("EntityPage")
  )

  static let queryEntities = CatalogOperation(
    id: "QueryEntitiesByPredicate",
    method: .post,
    path: "entities/by-query",
    summary: "A page of entities that a predicate means.",
    body: """
      {"type":"object","additionalProperties":false,"properties":{"cursor":{"type":"string"},\
      "query":{"$ref":"#/components/schemas/Predicate"},"limit":{"type":"integer","minimum":0},\
      "offset":{"type":"integer","minimum":0},"fields":{"type":"array","items":{"type":"string"}},\
      "orderField":{"type":"array","items":{"type":"string"}},"totalItems":{"type":"string",\
      "enum":["include","exclude"]},"fullTextFilter":{"type":"object","additionalProperties":false,"properties":\
      {"term":{"type":"string"},"fields":{"type":"array","items":{"type":"string"}}}}}}
      """,
    answers: answer("EntityPage")
  )

  static let getEntityByUID = CatalogOperation(
    id: "GetEntityByUid",
    method: .get,
    path: "entities/by-uid/{uid}",
    summary: "The entity with this uid.",
    answers: entityAnswers
  )

  static let deleteEntityByUID = CatalogOperation(
    id: "DeleteEntityByUid",
    method: .delete,
    path: "entities/by-uid/{uid}",
    summary: "Removes an entity; what its file still says comes back with the next visit.",
    answers: [
      (204, "It is not there any more.", nil), (400, "A malformed request.", "Error"),
      (503, "A crawl does not end in time.", "Error"),
    ],
    scope: .admin
  )

  static let getEntityByName = CatalogOperation(
    id: "GetEntityByName",
    method: .get,
    path: "entities/by-name/{kind}/{namespace}/{name}",
    summary: "The entity of this name, whichever its letter case.",
    answers: entityAnswers
  )

  static let getEntityAncestry = CatalogOperation(
    id: "GetEntityAncestryByName",
    method: .get,
    path: "entities/by-name/{kind}/{namespace}/{name}/ancestry",
    summary: "The entity and the Locations that lead to it.",
    answers: [
      (200, "It and its ancestors.", "Ancestry"), (304, "The client has it already.", nil),
      (400, "A malformed request.", "Error"), (404, "There is no such entity.", "Error"),
      (503, "It took too long.", "Error"),
    ]
  )

  static let getEntitiesByRefs = CatalogOperation(
    id: "GetEntitiesByRefs",
    method: .post,
    path: "entities/by-refs",
    summary: "Entities by their refs, in their order; null for what is not there.",
    query: [.filter, .fields],
    body: """
      {"type":"object","additionalProperties":false,"required":["entityRefs"],"properties":{"entityRefs":\
      {"type":"array","items":{"type":"string"}},"fields":{"type":"array","items":{"type":"string"}},\
      "query":{"$ref":"#/components/schemas/Predicate"}}}
      """,
    answers: answer("EntitiesByRefs")
  )

  static let getEntityFacets = CatalogOperation(
    id: "GetEntityFacets",
    method: .get,
    path: "entity-facets",
    summary: "The values of keys, and how many entities have each.",
    query: [OperationParameter("facet", .repeated, "A key; at least one."), .filter],
    answers: list("Facets")
  )

  static let queryEntityFacets = CatalogOperation(
    id: "QueryEntityFacetsByPredicate",
    method: .post,
    path: "entity-facets",
    summary: "The values of keys among the entities that a predicate means.",
    body: """
      {"type":"object","additionalProperties":false,"required":["facets"],"properties":{"facets":{"type":"array",\
      "minItems":1,"items":{"type":"string","minLength":1}},"query":{"$ref":"#/components/schemas/Predicate"}}}
      """,
    answers: answer("Facets")
  )

  static let refreshEntity = CatalogOperation(
    id: "RefreshEntity",
    method: .post,
    path: "refresh",
    summary: "Reads the file of an entity anew.",
    query: [
      OperationParameter("wait", .flag, "Whether the answer comes when it is read, with what came of it.")
    ],
    body: """
      {"type":"object","additionalProperties":false,"required":["entityRef"],"properties":{"entityRef":\
      {"type":"string"},"authorizationToken":{"type":"string"}}}
      """,
    answers: [
      (200, "It is asked for; with wait, what came of it.", nil), (400, "A malformed request.", "Error"),
      (403, "Its organization is not in the settings any more.", "Error"),
      (404, "There is no such entity.", "Error"), (413, "The body is too long.", "Error"),
      (503, "It could not be read, or not in time.", "Error"),
    ],
    scope: .refresh
  )

  static let getLocations = CatalogOperation(
    id: "GetLocations",
    method: .get,
    path: "locations",
    summary: "The registered locations.",
    answers: list("Locations")
  )

  static let createLocation = CatalogOperation(
    id: "CreateLocation",
    method: .post,
    path: "locations",
    summary: "Registers a location and has it read.",
    query: [
      OperationParameter(
        "dryRun",
        .flag,
        "Only shows what it would bring; the scope refresh is enough for that."
      ),
      OperationParameter(
        "onConflict",
        .oneOf(["reject", "refresh"]),
        "Whether one that is registered already is an error, or read anew."
      ),
    ],
    body: """
      {"type":"object","additionalProperties":false,"required":["type","target"],"properties":{"type":\
      {"type":"string"},"target":{"type":"string"},"presence":{"type":"string","enum":["required","optional"]}}}
      """,
    answers: [
      (201, "It is registered.", "CreatedLocation"), (400, "It cannot be a location.", "Error"),
      (403, "The catalog is read-only.", "Error"), (409, "It is registered already.", "Error"),
      (413, "The body is too long.", "Error"), (501, "This service has no crawler.", "Error"),
      (503, "It could not be read in time.", "Error"),
    ],
    scope: .admin
  )

  static let queryLocations = CatalogOperation(
    id: "GetLocationsByQuery",
    method: .post,
    path: "locations/by-query",
    summary: "A page of the registered locations.",
    body: """
      {"type":"object","additionalProperties":false,"properties":{"limit":{"type":"integer","minimum":1,\
      "maximum":1000},"cursor":{"type":"string"},"query":{"type":"object"}}}
      """,
    answers: answer("LocationPage")
  )

  static let getLocation = CatalogOperation(
    id: "GetLocation",
    method: .get,
    path: "locations/{id}",
    summary: "A registered location.",
    answers: [
      (200, "The location.", "Location"), (304, "The client has it already.", nil),
      (400, "A malformed request.", "Error"), (404, "There is no such location.", "Error"),
    ]
  )

  static let deleteLocation = CatalogOperation(
    id: "DeleteLocation",
    method: .delete,
    path: "locations/{id}",
    summary: "Takes a location back, and removes what only it led to.",
    answers: [
      (204, "It is not registered any more.", nil), (400, "A malformed request.", "Error"),
      (403, "The catalog is read-only.", "Error"), (404, "There is no such location.", "Error"),
      (503, "A crawl does not end in time.", "Error"),
    ],
    scope: .admin
  )

  static let getLocationByEntity = CatalogOperation(
    id: "GetLocationByEntity",
    method: .get,
    path: "locations/by-entity/{kind}/{namespace}/{name}",
    summary: "The registered location that led to an entity.",
    answers: [
      (200, "The location.", "Location"), (304, "The client has it already.", nil),
      (400, "A malformed request.", "Error"),
      (404, "There is no such entity, or it was found in another way.", "Error"),
    ]
  )

  static let validateEntity = CatalogOperation(
    id: "ValidateEntity",
    method: .post,
    path: "validate-entity",
    summary: "Judges an entity, and stores nothing.",
    allowsAnyQuery: true,
    body: """
      {"type":"object","required":["entity","location"],"properties":{"entity":{"type":"object"},"location":\
      {"type":"string"}}}
      """,
    answers: [
      (200, "It is right.", nil), (400, "What is wrong with it.", "ValidationErrors"),
      (413, "The body is too long.", "Error"), (501, "This service has no crawler.", "Error"),
      (503, "It took too long.", "Error"),
    ]
  )

  static let analyzeLocation = CatalogOperation(
    id: "AnalyzeLocation",
    method: .post,
    path: "analyze-location",
    summary: "What is known of a repository, and an entity to begin with.",
    body: """
      {"type":"object","additionalProperties":false,"required":["location"],"properties":{"location":\
      {"type":"object","additionalProperties":false,"required":["type","target"],"properties":{"type":\
      {"type":"string"},"target":{"type":"string"},"presence":{"type":"string"}}},"catalogFilename":\
      {"type":"string"},"catalogFileName":{"type":"string"}}}
      """,
    answers: answer("Analysis")
  )

  static let getDocument = CatalogOperation(
    id: "GetOpenApiDocument",
    method: .get,
    path: "openapi.json",
    summary: "This document.",
    answers: list("Document")
  )
}
