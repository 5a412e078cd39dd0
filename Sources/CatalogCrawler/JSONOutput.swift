import Foundation

/// JSON as the commands print it: readable, keys sorted.
enum JSONOutput {
  static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {  // plain values always encode
      preconditionFailure("a report of numbers and strings could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JSONOutput {
  /// A text in quotes, on one line.
  static func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let data = try? encoder.encode(text) else {  // texts always encode
      preconditionFailure("a text could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
