/// A value of a row, as the database has it.
package enum Cell: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case bytes([UInt8])

  /// The value for people and for CSV: numbers in decimal, bytes as hexadecimal digits; nil for null.
  package var text: String? {
    switch self {
    case .null: nil
    case .integer(let value): String(value)
    case .real(let value): Self.decimal(value)
    case .text(let value): value
    case .bytes(let value): Self.hexadecimal(value)
    }
  }

  var isNumber: Bool {
    switch self {
    case .integer, .real: true
    case .null, .text, .bytes: false
    }
  }

  /// As SQLite's own shell writes it: whole numbers keep their fraction, what is beyond all numbers has an
  /// exponent that no double has.
  static func decimal(_ value: Double) -> String {
    if value.isFinite { return value.description }
    return value < 0 ? "-9.0e+999" : "9.0e+999"
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
