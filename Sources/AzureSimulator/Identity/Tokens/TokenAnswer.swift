import NIOCore

/// The fields of a successful answer, in order, before they are written.
///
/// Kept apart from their text so that a fault can alter single ones.
struct TokenAnswer: Sendable {
  private(set) var fields: [(name: String, value: Value)]

  enum Value: Sendable, Equatable {
    case text(String)
    case number(Int)
    /// JSON as it stands.
    case json(String)
  }

  init(_ fields: [(name: String, value: Value)]) {
    self.fields = fields
  }

  /// Puts JSON text in place of a field, or takes the field away when the text is nil.
  mutating func alter(_ name: String, _ json: String?) {
    let place = fields.firstIndex { $0.name == name } ?? fields.endIndex
    fields.removeAll { $0.name == name }
    if let json { fields.insert((name, .json(json)), at: min(place, fields.endIndex)) }
  }

  var body: ByteBuffer {
    var json = JSONWriter()
    json.object { json in
      for (name, value) in fields {
        switch value {
        case .text(let text): json.field(named: name, text)
        case .number(let number): json.field(named: name, number)
        case .json(let text): json.field(named: name, verbatim: text)
        }
      }
    }
    return json.buffer
  }
}
