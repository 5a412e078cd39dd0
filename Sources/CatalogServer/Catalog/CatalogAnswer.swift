import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// Turns JSON into an answer: its tag, 304 for one that the client has already, packed where the client takes that
/// (facts/backstage-catalog.md 9.1).
enum CatalogAnswer {
  /// Shorter answers are not packed: it would cost more than it saves.
  static let packedFrom = 1_024

  /// Longer answers are hashed and packed off the event loop, for which others wait.
  private static let heavyFrom = 64 << 10

  /// The answer to a question that may be asked again.
  static func tagged(_ json: [UInt8], to request: Request, headers: HTTPFields = [:]) async -> Response {
    guard json.count >= heavyFrom else { return taggedHere(json, to: request, headers: headers) }
    return await OffTheLoop.run { taggedHere(json, to: request, headers: headers) }
  }

  private static func taggedHere(_ json: [UInt8], to request: Request, headers: HTTPFields) -> Response {
    let tag = self.tag(of: json)
    var fields = headers
    fields[.eTag] = tag
    fields[.vary] = "Accept-Encoding"
    if let known = request.headers[.ifNoneMatch], matches(known, tag) {
      return Response(status: .notModified, headers: fields)
    }
    return packed(json, to: request, headers: fields)
  }

  /// The answer to any other question.
  static func plain(_ json: [UInt8], to request: Request, status: HTTPResponse.Status = .ok) -> Response {
    packed(json, to: request, headers: [.vary: "Accept-Encoding"], status: status)
  }

  private static func packed(
    _ json: [UInt8],
    to request: Request,
    headers: HTTPFields,
    status: HTTPResponse.Status = .ok
  ) -> Response {
    var headers = headers
    headers[.contentType] = "application/json; charset=utf-8"
    guard json.count >= packedFrom, acceptsGzip(request) else {
      return Response(
        status: status,
        headers: headers,
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: json))
      )
    }
    headers[.contentEncoding] = "gzip"
    let packed = Gzip.packed(json)
    return Response(
      status: status,
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: packed))
    )
  }

  /// Weak: it stands for the content, packed or not.
  static func tag(of json: [UInt8]) -> String {
    var hash = SHA256()
    json.withUnsafeBytes { hash.update(bufferPointer: $0) }
    var text = Array("W/\"".utf8)
    for byte in hash.finalize().prefix(16) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    text.append(UInt8(ascii: "\""))
    return String(decoding: text, as: UTF8.self)
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// Compares as weak tags are compared (RFC 9110, 8.8.3.2).
  private static func matches(_ known: String, _ tag: String) -> Bool {
    known.split(separator: ",").contains { part in
      let part = part.drop { $0 == " " || $0 == "\t" }.trimmed
      return part == "*" || part.withoutWeakness == Substring(tag).withoutWeakness
    }
  }

  static func acceptsGzip(_ request: Request) -> Bool {
    guard let accepted = request.headers[.acceptEncoding] else { return false }
    // What is said of gzip itself counts more than what is said of all that are not named (RFC 9110, 12.5.3).
    var (gzip, others): (Bool?, Bool?)
    for part in accepted.split(separator: ",") {
      let words = part.split(separator: ";").map(\.trimmed)
      let weight = words.dropFirst().first { $0.lowercased().hasPrefix("q=") }?.dropFirst(2)
      let isWanted = weight.map { Double($0) ?? 0 > 0 } ?? true
      switch words.first?.lowercased() {
      case "gzip": gzip = isWanted
      case "*": others = isWanted
      default: break
      }
    }
    return gzip ?? others ?? false
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  fileprivate var withoutWeakness: Substring { hasPrefix("W/") ? dropFirst(2) : self }
}
