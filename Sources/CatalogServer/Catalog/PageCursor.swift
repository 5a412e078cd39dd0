import CatalogStore
import Foundation
import YAML

/// Where a page begins and what was asked, as a text that is handed to the client and comes back.
///
/// Base64 of JSON, in the alphabet of addresses. Clients look into it at their own risk.
struct PageCursor: Sendable, Equatable {
  /// Nil for the order by id.
  var order: EntityOrder.Field?
  var predicate: EntityPredicate
  var place: EntityPlace
  var isPrevious: Bool
  /// Nil when it is not counted.
  var total: Int?

  var start: PageStart { isPrevious ? .before(place) : .after(place) }

  // MARK: - Writing

  var text: String {
    var json = "{\"v\":1,\"q\":\(Self.json(predicate)),\"i\":\(place.id),\"p\":\(isPrevious)"
    if let value = place.value { json += ",\"k\":\(JSONText.string(value))" }
    if let order { json += ",\"o\":\(JSONText.string(order.key)),\"d\":\(order.isDescending)" }
    if let total { json += ",\"t\":\(total)" }
    let base64 = Data((json + "}").utf8).base64EncodedData()
    let text = base64.lazy.filter { $0 != UInt8(ascii: "=") }.map(Self.inAddresses)
    return String(decoding: Array(text), as: UTF8.self)
  }

  private static func inAddresses(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    default: byte
    }
  }

  private static func json(_ predicate: EntityPredicate) -> String {
    switch predicate {
    case .all(let parts): "[\"all\"" + parts.map { "," + json($0) }.joined() + "]"
    case .any(let parts): "[\"any\"" + parts.map { "," + json($0) }.joined() + "]"
    case .not(let part): "[\"not\",\(json(part))]"
    case .exists(let key): "[\"exists\",\(JSONText.string(key))]"
    case .values(let key, let values): "[\"values\"" + texts([key] + values) + "]"
    case .prefix(let key, let text): "[\"prefix\"" + texts([key, text]) + "]"
    case .text(let keys, let text): "[\"text\"" + texts([text] + keys) + "]"
    }
  }

  private static func texts(_ texts: [String]) -> String { texts.map { "," + JSONText.string($0) }.joined() }

  // MARK: - Reading

  /// - Throws: `APIError` 400 for what this service has not written.
  init(_ text: String) throws(APIError) {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    let malformed = APIError.input("malformed cursor, could not be read")
    guard let data = Data(base64Encoded: padded) else { throw malformed }
    let document: YAMLDocument
    do {
      document = try JSONReader.read(Array(data))
    } catch {
      throw malformed
    }
    let root = document.root
    guard root.kind == .mapping, root["v"]?.integer == 1, let query = root["q"],
      let predicate = Self.predicate(query), let id = root["i"]?.integer, let isPrevious = root["p"]?.boolean
    else { throw malformed }
    self.predicate = predicate
    self.isPrevious = isPrevious
    place = EntityPlace(value: root["k"]?.string, id: Int64(id))
    total = root["t"]?.integer
    if let key = root["o"]?.string {
      order = EntityOrder.Field(key: key, isDescending: root["d"]?.boolean ?? false)
    }
  }

  init(
    order: EntityOrder.Field?,
    predicate: EntityPredicate,
    place: EntityPlace,
    isPrevious: Bool,
    total: Int?
  ) {
    self.order = order
    self.predicate = predicate
    self.place = place
    self.isPrevious = isPrevious
    self.total = total
  }

  private static func predicate(_ node: YAMLNode) -> EntityPredicate? {
    // As many as this service writes at most: what is looked for in texts is beside the rest, and what has parts has
    // few of its own for each condition.
    var left = Left(
      conditions: FilterGrammar.maxParts + 1,
      nodes: 8 * FilterGrammar.maxParts,
      values: 2 * FilterGrammar.maxAllValues
    )
    let predicate = predicate(node, &left)
    return predicate.flatMap { $0.depth <= FilterGrammar.maxDepth + 1 ? $0 : nil }
  }

  /// What a cursor may have still.
  private struct Left {
    var conditions: Int
    var nodes: Int
    var values: Int
  }

  private static func predicate(_ node: YAMLNode, _ left: inout Left) -> EntityPredicate? {
    left.nodes -= 1
    guard node.kind == .sequence, left.nodes >= 0 else { return nil }
    let elements = Array(node.elements)
    let rest = elements.dropFirst()
    let texts = rest.compactMap(\.string)
    switch elements.first?.string {
    case "all", "any":
      let parts = rest.compactMap { predicate($0, &left) }
      guard parts.count == rest.count else { return nil }
      return elements[0].text == "all" ? .all(parts) : .any(parts)
    case "not": return rest.count == 1 ? predicate(elements[1], &left).map { .not($0) } : nil
    default: break
    }
    left.conditions -= 1
    left.values -= texts.count
    guard let first = texts.first, texts.count == rest.count,
      texts.count <= FilterGrammar.maxValues + 1,
      left.conditions >= 0, left.values >= 0
    else { return nil }
    switch elements.first?.string {
    case "exists": return texts.count == 1 ? .exists(key: first) : nil
    case "values": return .values(key: first, Array(texts.dropFirst()))
    case "prefix": return texts.count == 2 ? .prefix(key: first, texts[1]) : nil
    case "text": return .text(keys: Array(texts.dropFirst()), first)
    default: return nil
    }
  }
}

/// Where the next page of `GET /entities` begins, as a text: so many entities further on.
struct OffsetCursor: Sendable, Equatable {
  var limit: Int
  var offset: Int

  init(limit: Int, offset: Int) {
    self.limit = limit
    self.offset = offset
  }

  var text: String { Data("{\"limit\":\(limit),\"offset\":\(offset)}".utf8).base64EncodedString() }

  /// - Throws: `APIError` 400 for what is none.
  init(_ text: String) throws(APIError) {
    let malformed = APIError.input("malformed after, could not be read")
    guard let data = Data(base64Encoded: text), !data.isEmpty else { throw malformed }
    do {
      let root = try JSONReader.read(Array(data)).root
      guard root.kind == .mapping, let limit = root["limit"]?.integer, let offset = root["offset"]?.integer,
        (1...QueryParameters.largest).contains(limit), (0...QueryParameters.largest).contains(offset)
      else { throw malformed }
      self.init(limit: limit, offset: offset)
    } catch {
      throw malformed
    }
  }
}
