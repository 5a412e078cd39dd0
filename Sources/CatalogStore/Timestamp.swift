package import Foundation

/// A moment as the database writes it: UTC, ISO-8601 with milliseconds, such as `2026-03-01T09:30:00.000Z`.
package enum Timestamp {
  package static func text(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// Nil when the text is no such moment.
  package static func date(_ text: String) -> Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)  // any fault means "none"
  }
}
