import Foundation

/// JSON as the commands print it: readable, keys sorted.
enum JSONOutput {
  static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {  // plain values always encode
      preconditionFailure("a report of numbers and strings could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
