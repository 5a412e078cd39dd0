import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import YAML

/// One request to the catalog API, with what its operation knows of it.
struct CatalogCall: Sendable {
  /// More is answered with 413.
  static let maxBody = 4 << 20

  let request: Request
  let context: CatalogRequestContext
  let query: QueryParameters

  /// A part of the path, percent-decoded once.
  func path(_ name: String) throws(APIError) -> String {
    guard let raw = context.parameters.get(name) else { throw .input("expected \(name) in the path") }
    guard raw.utf8.contains(UInt8(ascii: "%")) else { return raw }
    guard let text = raw.removingPercentEncoding else {
      throw .input("expected percent-encoded UTF-8 in the path, got '\(raw.prefix(100))'")
    }
    return text
  }

  /// The body as JSON.
  ///
  /// - Throws: `APIError` 400 when it is none, and when it is not said to be JSON; 413 when it is too long.
  func body() async throws -> YAMLNode { try await document().root }

  /// As `body`.
  func document() async throws -> YAMLDocument {
    let type = request.headers[.contentType]?.split(separator: ";").first ?? ""
    guard type.trimmingCharacters(in: .whitespaces).lowercased() == "application/json" else {
      throw APIError.input("expected the content type application/json")
    }
    if let length = request.headers[.contentLength].flatMap(Int.init), length > Self.maxBody {
      throw Self.tooLong
    }
    let buffer: ByteBuffer
    do {
      buffer = try await request.body.collect(upTo: Self.maxBody)
    } catch is NIOTooManyBytesError {
      throw Self.tooLong
    }
    guard buffer.readableBytes > 0 else { throw APIError.input("expected a JSON body, got none") }
    do throws(YAMLProblem) {
      return try JSONReader.read(Array(buffer.readableBytesView))
    } catch {
      throw APIError.input("expected a JSON body: \(error.message) (line \(error.mark.line))")
    }
  }

  private static let tooLong = APIError(
    .contentTooLarge,
    "PayloadTooLargeError",
    "a body may have \(maxBody) bytes"
  )

  /// The body as a JSON object with these members only.
  ///
  /// - Throws: As `body`, and `APIError` 400 for another member.
  func object(_ members: [String]) async throws -> YAMLNode {
    let node = try await body()
    guard node.kind == .mapping else { throw APIError.input("expected a JSON object") }
    for (key, _) in node.pairs where !members.contains(key.text) {
      throw APIError.input("unknown member '\(key.text.prefix(100))' of the body")
    }
    return node
  }
}

extension YAMLNode {
  /// The strings of an array.
  ///
  /// - Parameter name: What the array is called, for the error.
  /// - Throws: `APIError` 400 when it is no array of strings.
  func strings(_ name: String) throws(APIError) -> [String] {
    guard kind == .sequence else { throw .input("expected an array of strings for \(name)") }
    var strings: [String] = []
    for element in elements {
      guard let text = element.string else { throw .input("expected an array of strings for \(name)") }
      strings.append(text)
    }
    return strings
  }
}
