import HTTPTypes
import YAML

/// The API document (OpenAPI 3.0.3) of operations, as JSON.
enum OpenAPIDocument {
  static func text(of operations: [CatalogOperation], path base: String) -> String {
    var paths: [(path: String, operations: [CatalogOperation])] = []
    for operation in operations {
      if let index = paths.firstIndex(where: { $0.path == operation.path }) {
        paths[index].operations.append(operation)
      } else {
        paths.append((operation.path, [operation]))
      }
    }
    let items = paths.map { path in
      "\(quoted("/" + path.path)):{\(path.operations.map(text).joined(separator: ","))}"
    }
    return """
      {"openapi":"3.0.3","info":{"title":"catalog","version":"1",\
      "description":"The software catalog, as Backstage's clients ask it.","license":{"name":"Apache-2.0",\
      "url":"http://www.apache.org/licenses/LICENSE-2.0.html"}},"servers":[{"url":\(quoted(base))}],\
      "security":[{},{"token":[]}],"paths":{\(items.joined(separator: ","))},\
      "components":{"securitySchemes":{"token":{"type":"http","scheme":"bearer"}},"schemas":{\(schemas)}}}
      """
  }

  private static func text(_ operation: CatalogOperation) -> String {
    var parameters = operation.path.split(separator: "/").compactMap { part -> String? in
      guard part.first == "{", part.last == "}" else { return nil }
      let name = String(part.dropFirst().dropLast())
      return "{\"name\":\(quoted(name)),\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}}"
    }
    parameters += operation.query.map(text)
    var members = [
      "\"operationId\":\(quoted(operation.id))", "\"summary\":\(quoted(operation.summary))",
      "\"parameters\":[\(parameters.joined(separator: ","))]",
    ]
    if let body = operation.body {
      members.append(
        "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":\(body)}}}"
      )
    }
    let answers = allAnswers(operation).map { answer in
      let content = answer.schema.map { name in
        ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/\(name)\"}}}"
      }
      return "\"\(answer.status)\":{\"description\":\(quoted(answer.description))\(content ?? "")}"
    }
    members.append("\"responses\":{\(answers.joined(separator: ","))}")
    return "\"\(operation.method.rawValue.lowercased())\":{\(members.joined(separator: ","))}"
  }

  /// With those that every operation may have: who asks is not known, or may not.
  private static func allAnswers(
    _ operation: CatalogOperation
  ) -> [(status: Int, description: String, schema: String?)] {
    var answers = operation.answers
    let general: [(status: Int, description: String, schema: String?)] = [
      (401, "A token is needed.", "Error"), (403, "The token is not for that.", "Error"),
      (429, "Too many requests.", "Error"),
    ]
    for answer in general where !answers.contains(where: { $0.status == answer.status }) {
      answers.append(answer)
    }
    return answers.sorted { $0.status < $1.status }
  }

  private static func text(_ parameter: OperationParameter) -> String {
    let (schema, style): (String, String) =
      switch parameter.kind {
      case .text: ("{\"type\":\"string\"}", "")
      case .number(let least): ("{\"type\":\"integer\",\"minimum\":\(least)}", "")
      case .flag: ("{\"type\":\"boolean\"}", "")
      case .oneOf(let words):
        ("{\"type\":\"string\",\"enum\":[\(words.map(quoted).joined(separator: ","))]}", "")
      case .repeated:
        ("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", ",\"explode\":true,\"style\":\"form\"")
      case .list:
        ("{\"type\":\"array\",\"items\":{\"type\":\"string\"}}", ",\"explode\":false,\"style\":\"form\"")
      }
    let isRequired = parameter.name == "facet"
    return "{\"name\":\(quoted(parameter.name)),\"in\":\"query\",\"required\":\(isRequired),"
      + "\"description\":\(quoted(parameter.description)),\"schema\":\(schema)\(style)}"
  }

  private static func quoted(_ text: String) -> String { JSONText.string(text) }

  private static let schemas = """
    "Error":{"type":"object","required":["error","request","response"],"properties":{"error":{"type":"object",\
    "required":["name","message"],"properties":{"name":{"type":"string"},"message":{"type":"string"}}},\
    "request":{"type":"object","required":["method","url"],"properties":{"method":{"type":"string"},\
    "url":{"type":"string"}}},"response":{"type":"object","required":["statusCode"],"properties":\
    {"statusCode":{"type":"integer"}}}}},\
    "Entity":{"type":"object"},"Entities":{"type":"array","items":{"type":"object"}},\
    "EntityPage":{"type":"object","required":["items","totalItems","pageInfo"],"properties":{"items":\
    {"type":"array","items":{"type":"object"}},"totalItems":{"type":"integer"},"pageInfo":{"type":"object",\
    "properties":{"nextCursor":{"type":"string"},"prevCursor":{"type":"string"}}}}},\
    "EntitiesByRefs":{"type":"object","required":["items"],"properties":{"items":{"type":"array","items":\
    {"type":"object","nullable":true}}}},\
    "Ancestry":{"type":"object","required":["rootEntityRef","items"],"properties":{"rootEntityRef":\
    {"type":"string"},"items":{"type":"array","items":{"type":"object","required":["entity","parentEntityRefs"],\
    "properties":{"entity":{"type":"object"},"parentEntityRefs":{"type":"array","items":{"type":"string"}}}}}}},\
    "Facets":{"type":"object","required":["facets"],"properties":{"facets":{"type":"object",\
    "additionalProperties":{"type":"array","items":{"type":"object","required":["value","count"],"properties":\
    {"value":{"type":"string"},"count":{"type":"integer"}}}}}}},\
    "Location":{"type":"object","required":["id","type","target"],"properties":{"id":{"type":"string"},\
    "type":{"type":"string"},"target":{"type":"string"},"entityRef":{"type":"string"}}},\
    "Locations":{"type":"array","items":{"type":"object","required":["data"],"properties":{"data":\
    {"$ref":"#/components/schemas/Location"}}}},\
    "LocationPage":{"type":"object","required":["items","totalItems","pageInfo"],"properties":{"items":\
    {"type":"array","items":{"$ref":"#/components/schemas/Location"}},"totalItems":{"type":"integer"},\
    "pageInfo":{"type":"object","properties":{"nextCursor":{"type":"string"}}}}},\
    "CreatedLocation":{"type":"object","required":["location","entities"],"properties":{"location":\
    {"$ref":"#/components/schemas/Location"},"entities":{"type":"array","items":{"type":"object"}},\
    "exists":{"type":"boolean"}}},\
    "ValidationErrors":{"type":"object","required":["errors"],"properties":{"errors":{"type":"array","items":\
    {"type":"object","required":["name","message"],"properties":{"name":{"type":"string"},"message":\
    {"type":"string"}}}}}},\
    "Analysis":{"type":"object","required":["existingEntityFiles","generateEntities"],"properties":\
    {"existingEntityFiles":{"type":"array","items":{"type":"object"}},"generateEntities":{"type":"array",\
    "items":{"type":"object"}}}},\
    "Predicate":{"type":"object"},"Document":{"type":"object"}
    """
}
