import HTTPTypes

/// One operation of the catalog API: what it is asked by, and what the API document says of it.
struct CatalogOperation: Sendable {
  let id: String
  let method: HTTPRequest.Method
  /// Below `/api/catalog`, with `{name}` for what varies.
  let path: String
  let summary: String
  var query: [OperationParameter] = []
  /// Whether other query parameters are passed over and no error.
  var allowsAnyQuery = false
  /// The JSON schema of the body; nil for none.
  var body: String?
  /// By status: what it means and the name of its schema; nil for no body.
  let answers: [(status: Int, description: String, schema: String?)]
  /// What a token must be for to ask it, where tokens are asked for.
  var scope: AccessScope = .read
}

/// A query parameter of an operation.
struct OperationParameter: Sendable {
  enum Kind: Sendable {
    case text
    /// A whole number of at least so much.
    case number(Int)
    case flag
    case oneOf([String])
    /// Stands there several times.
    case repeated
    /// Values with commas between them.
    case list
  }

  let name: String
  let kind: Kind
  let description: String

  init(_ name: String, _ kind: Kind, _ description: String) {
    self.name = name
    self.kind = kind
    self.description = description
  }
}

extension OperationParameter {
  static let fields = OperationParameter("fields", .list, "Only these parts of each entity, as dotted paths.")
  static let filter = OperationParameter(
    "filter",
    .repeated,
    "Conditions `key=value` or `key` with commas between them, all of which must hold; of several filters one."
  )
  static let offset = OperationParameter("offset", .number(0), "So many entities are left out first.")
}
