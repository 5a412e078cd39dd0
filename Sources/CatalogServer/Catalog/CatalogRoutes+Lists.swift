import Catalog
import CatalogStore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import YAML

/// What a question of `by-query` asks, wherever it stands.
private struct QueryQuestion {
  var predicate: EntityPredicate
  var order: EntityOrder.Field?
  var start: PageStart
  var limit: Int
  var fields: FieldProjection?
  var isFirst: Bool
  var countsAll: Bool
  var knownTotal: Int?
}

extension CatalogRoutes {
  /// As Backstage documents it; its code has 200.
  private static let defaultLimit = 20
  /// A page of `by-query` has no more, however many were asked for, and fewer when they are large: the cursor leads on.
  private static let maxLimit = 1_000

  // MARK: - by-query

  func entitiesByQuery(_ call: CatalogCall) async throws -> Response {
    let query = call.query
    let limit = try query.number("limit", atLeast: 0) ?? Self.defaultLimit
    let total = try query.single("totalItems") ?? "include"
    guard ["include", "exclude"].contains(total) else {
      throw APIError.input("invalid totalItems '\(total.prefix(100))', expected include or exclude")
    }
    let fields = try Self.projection(query.list("fields"))
    if let cursor = try query.single("cursor") {
      return try await answer(Self.question(try PageCursor(cursor), limit: limit, fields: fields), call)
    }
    let order = try query.all("orderField").first.map { text throws(APIError) in try Self.orderField(text) }
    let predicate = Self.joined(
      try FilterGrammar.predicate(query.all("filter")),
      term: try query.single("fullTextFilterTerm"),
      fields: query.list("fullTextFilterFields"),
      order
    )
    return try await answer(
      QueryQuestion(
        predicate: predicate,
        order: order,
        start: .offset(try query.number("offset", atLeast: 0) ?? 0),
        limit: limit,
        fields: fields,
        isFirst: true,
        countsAll: total == "include"
      ),
      call
    )
  }

  func entitiesByPredicate(_ call: CatalogCall) async throws -> Response {
    let body = try await call.object([
      "cursor", "query", "limit", "offset", "fields", "orderField", "totalItems", "fullTextFilter",
    ])
    let limit = try Self.number(body, "limit", atLeast: 0) ?? Self.defaultLimit
    let fields = try Self.projection(
      try body["fields"].map { node throws(APIError) in try node.strings("fields") }
    )
    if let cursor = body["cursor"] {
      guard let text = cursor.string else { throw APIError.input("expected a string for cursor") }
      return try await answer(Self.question(try PageCursor(text), limit: limit, fields: fields), call)
    }
    let total = body["totalItems"].map { $0.string ?? "" } ?? "include"
    guard ["include", "exclude"].contains(total) else { throw APIError.input("invalid totalItems") }
    var order: EntityOrder.Field?
    if let node = body["orderField"] {
      order = try node.strings("orderField").first.map { text throws(APIError) in try Self.orderField(text) }
    }
    var predicate = EntityPredicate.everything
    if let query = body["query"] { predicate = try FilterGrammar.predicate(query: query) }
    if let filter = body["fullTextFilter"] {
      guard filter.kind == .mapping, filter["term"].map({ $0.string != nil }) ?? true else {
        throw APIError.input("expected an object with a term for fullTextFilter")
      }
      predicate = Self.joined(
        predicate,
        term: filter["term"]?.string,
        fields: try filter["fields"].map { node throws(APIError) in try node.strings("fullTextFilter.fields")
        },
        order
      )
    }
    return try await answer(
      QueryQuestion(
        predicate: predicate,
        order: order,
        start: .offset(try Self.number(body, "offset", atLeast: 0) ?? 0),
        limit: limit,
        fields: fields,
        isFirst: true,
        countsAll: total == "include"
      ),
      call
    )
  }

  static func number(_ body: YAMLNode, _ name: String, atLeast least: Int) throws(APIError) -> Int? {
    guard let node = body[dynamic: name] else { return nil }
    guard let number = node.integer, number >= least else {
      throw .input("invalid \(name), expected a whole number of at least \(least)")
    }
    return min(number, QueryParameters.largest)
  }

  private static func question(
    _ cursor: PageCursor,
    limit: Int,
    fields: FieldProjection?
  ) -> QueryQuestion {
    QueryQuestion(
      predicate: cursor.predicate,
      order: cursor.order,
      start: cursor.start,
      limit: limit,
      fields: fields,
      isFirst: false,
      countsAll: cursor.total != nil,
      knownTotal: cursor.total
    )
  }

  private static func orderField(_ text: String) throws(APIError) -> EntityOrder.Field {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let key = parts[0]
    guard !key.isEmpty, parts.count <= 2 else {
      throw .input("invalid orderField '\(text.prefix(100))', expected key, or key,asc or key,desc")
    }
    let direction = parts.count == 2 ? String(parts[1]) : "asc"
    guard ["asc", "desc"].contains(direction) else {
      throw .input("invalid order direction '\(direction.prefix(100))', expected asc or desc")
    }
    return EntityOrder.Field(key: String(key), isDescending: direction == "desc")
  }

  /// - Parameters:
  ///   - term: What is looked for; nil or blank for nothing.
  ///   - fields: Where; nil or empty for the field of the order, and without one for the uid.
  private static func joined(
    _ predicate: EntityPredicate,
    term: String?,
    fields: [String]?,
    _ order: EntityOrder.Field?
  ) -> EntityPredicate {
    guard let term = term?.trimmingCharacters(in: .whitespaces), !term.isEmpty else { return predicate }
    var keys = (fields ?? []).map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    if keys.isEmpty { keys = [order?.key ?? "metadata.uid"] }
    return .all([predicate, .text(keys: Array(keys.prefix(100)), term)])
  }

  private func answer(_ question: QueryQuestion, _ call: CatalogCall) async throws -> Response {
    let page = try await reader.page(
      EntityQuestion(
        question.predicate,
        order: question.order.map { .fields([$0]) } ?? .id,
        fields: question.fields
      ),
      from: question.start,
      limit: min(question.limit, Self.maxLimit),
      knownTotal: question.knownTotal,
      countsAll: question.countsAll
    )
    var json = Array("{\"items\":[".utf8)
    json += page.json
    json += Array("],\"totalItems\":\(page.total ?? 0),\"pageInfo\":{".utf8)
    var cursors: [String] = []
    func add(_ name: String, _ place: EntityPlace?, isPrevious: Bool) {
      guard let place else { return }
      let cursor = PageCursor(
        order: question.order,
        predicate: question.predicate,
        place: place,
        isPrevious: isPrevious,
        total: page.total
      )
      cursors.append("\"\(name)\":\"\(cursor.text)\"")
    }
    let isBackward = if case .before = question.start { true } else { false }
    if question.limit > 0 {
      if page.hasMore || isBackward { add("nextCursor", page.last, isPrevious: false) }
      if isBackward ? page.hasMore : !question.isFirst { add("prevCursor", page.first, isPrevious: true) }
    }
    json += Array((cursors.joined(separator: ",") + "}}").utf8)
    return call.request.method == .post
      ? CatalogAnswer.plain(json, to: call.request) : await CatalogAnswer.tagged(json, to: call.request)
  }

  // MARK: - The array of all

  func entities(_ call: CatalogCall) async throws -> Response {
    let query = call.query
    var limit = try query.number("limit", atLeast: 1)
    var offset = try query.number("offset", atLeast: 0) ?? 0
    if let after = try query.single("after") {
      let cursor = try OffsetCursor(after)
      (limit, offset) = (cursor.limit, cursor.offset)
    }
    var fields: [EntityOrder.Field] = []
    for order in query.all("order") { fields.append(try Self.order(order)) }
    guard fields.count <= 10 else { throw APIError.input("expected at most 10 levels of order") }
    let question = EntityQuestion(
      try FilterGrammar.predicate(query.all("filter")),
      order: fields.isEmpty ? .ref : .fields(fields),
      fields: try Self.projection(query.list("fields"))
    )
    if let limit, limit <= chunk {
      let page = try await reader.page(question, from: .offset(offset), limit: limit, countsAll: false)
      var headers: HTTPFields = [:]
      if page.hasMore { headers.addLink(Self.link(call, limit: limit, offset: offset + page.count)) }
      return await CatalogAnswer.tagged(
        Array("[".utf8) + page.json + Array("]".utf8),
        to: call.request,
        headers: headers
      )
    }
    if limit == nil, question.order == .ref { return try await all(question, offset: offset, call) }
    let wanted = limit.map { $0 + 1 }
    var ids = try await reader.ids(question, offset: offset, limit: wanted)
    var headers: HTTPFields = [:]
    if let limit, ids.count > limit {
      ids.removeLast()
      headers.addLink(Self.link(call, limit: limit, offset: offset + limit))
    }
    if ids.count <= chunk {
      let (json, count) = try await reader.entities(ids[...], fields: question.fields)
      if count == ids.count {
        return await CatalogAnswer.tagged(
          Array("[".utf8) + json + Array("]".utf8),
          to: call.request,
          headers: headers
        )
      }
    }
    return stream(.numbers(ids, from: 0, question.fields), call, headers)
  }

  private static func order(_ text: String) throws(APIError) -> EntityOrder.Field {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, ["asc", "desc"].contains(parts[0]), !parts[1].isEmpty else {
      throw .input("invalid order '\(text.prefix(100))', expected asc:key or desc:key")
    }
    return EntityOrder.Field(key: String(parts[1]), isDescending: parts[0] == "desc")
  }

  /// The next page, as a path below the API's with the other parameters as they were.
  private static func link(_ call: CatalogCall, limit: Int, offset: Int) -> String {
    let kept = (call.request.uri.query ?? "").split(separator: "&").filter { part in
      !part.hasPrefix("after=") && !part.hasPrefix("offset=")
    }
    let after = OffsetCursor(limit: limit, offset: offset).text
      .replacing("=", with: "%3D").replacing("+", with: "%2B").replacing("/", with: "%2F")
    return "</entities?\((kept.map(String.init) + ["after=\(after)"]).joined(separator: "&"))>; rel=\"next\""
  }

  /// All entities by ref: each page begins behind the last one, so that only one of them is held.
  private func all(_ question: EntityQuestion, offset: Int, _ call: CatalogCall) async throws -> Response {
    let first = try await reader.page(question, from: .offset(offset), limit: chunk, countsAll: false)
    guard first.hasMore else {
      return await CatalogAnswer.tagged(Array("[".utf8) + first.json + Array("]".utf8), to: call.request)
    }
    return stream(.pages(question, first), call, [:])
  }

  /// Writes an array piece by piece, each as the catalog is then.
  ///
  /// No read of the database stays open, which would keep its log from being emptied.
  ///
  /// - Parameters:
  ///   - open: What stands before the first entity.
  ///   - close: What stands behind the last one.
  func stream(
    _ pieces: EntityPieces,
    _ call: CatalogCall,
    _ headers: HTTPFields,
    open: String = "[",
    close: String = "]"
  ) -> Response {
    var headers = headers
    headers[.contentType] = "application/json; charset=utf-8"
    headers[.vary] = "Accept-Encoding"
    let isPacked = CatalogAnswer.acceptsGzip(call.request)
    if isPacked { headers[.contentEncoding] = "gzip" }
    return Response(
      status: .ok,
      headers: headers,
      body: ResponseBody { [reader, chunk] writer in
        let gzip = isPacked ? GzipStream() : nil
        func packed(_ text: [UInt8], isLast: Bool) async -> ByteBuffer {
          guard let gzip else { return ByteBuffer(bytes: text) }
          return await OffTheLoop.run { ByteBuffer(bytes: gzip.pack(text, isLast: isLast)) }
        }
        var pieces = pieces
        var separator = open
        while let json = try await pieces.next(reader, chunk) {
          if json.isEmpty { continue }
          let text = Array(separator.utf8) + json
          separator = ","
          try await writer.write(packed(text, isLast: false))
        }
        let end = separator == open ? open + close : close
        try await writer.write(packed(Array(end.utf8), isLast: true))
        try await writer.finish(nil)
      }
    )
  }
}

extension HTTPFields {
  /// Where the next page is (RFC 8288).
  fileprivate mutating func addLink(_ value: String) {
    // Never nil: it is a token.
    guard let name = HTTPField.Name("Link") else { return }
    self[name] = value
  }
}
