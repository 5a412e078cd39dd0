/// A value that must never be printed: a token, a client secret.
///
/// Descriptions, dumps and string interpolation show `***`. Not `Codable` on purpose
/// (facts/azure-identity.md 6.1).
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let value: String

  package init(_ value: String) { self.value = value }

  /// The value itself, for the one who sends it to where it belongs and for nobody else.
  package func reveal() -> String { value }

  package var description: String { "***" }
  package var debugDescription: String { "***" }
  /// Without children, so that `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// Compares every byte whatever the first difference, so that the time tells nothing about it.
  package static func == (left: Secret, right: Secret) -> Bool {
    let (left, right) = (Array(left.value.utf8), Array(right.value.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
