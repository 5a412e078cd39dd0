package import Foundation
package import Logging
import YAML

/// How the lines of the log are written.
package enum LogFormat: String, Sendable, CaseIterable {
  /// For people: time, level, message, then what belongs to it.
  case text
  /// For machines: one JSON object.
  case json
}

/// Writes each entry of the log as one line, whatever is in it.
package struct ServiceLog: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level
  private let format: LogFormat
  private let now: @Sendable () -> Date
  private let write: @Sendable (String) -> Void

  /// - Parameter write: Gets each line with its end; called from many threads.
  package init(
    format: LogFormat,
    level: Logger.Level = .info,
    now: @escaping @Sendable () -> Date = { Date() },
    write: @escaping @Sendable (String) -> Void
  ) {
    self.format = format
    logLevel = level
    self.now = now
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    if let error = event.error { all["error"] = "\(error)" }
    // Names of the framework's are its own affair.
    let pairs = all.map { (name: $0.key == "hb.request.id" ? "request" : $0.key, value: "\($0.value)") }
      .sorted { $0.name < $1.name }
    let time = now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    switch format {
    case .text:
      let words = [time, event.level.rawValue, Self.oneLine("\(event.message)")]
      write((words + pairs.map { "\($0.name)=\(Self.quoted($0.value))" }).joined(separator: " ") + "\n")
    case .json:
      let fields = [("time", time), ("level", event.level.rawValue), ("message", "\(event.message)")]
      let taken = Set(fields.map(\.0))
      let more = pairs.map { (taken.contains($0.name) ? "_\($0.name)" : $0.name, $0.value) }
      let members = (fields + more).map { "\(JSONText.string($0.0)):\(JSONText.string($0.1))" }
      write("{\(members.joined(separator: ","))}\n")
    }
  }

  private static func oneLine(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// In quotes when it could be taken for more than one value.
  private static func quoted(_ text: String) -> String {
    // By bytes: a blank with a mark behind it is no blank to Swift, but one to whoever reads the line.
    let isPlain = !text.isEmpty && !text.utf8.contains { " \"=\\".utf8.contains($0) }
    return isPlain ? oneLine(text) : JSONText.string(oneLine(text))
  }
}
