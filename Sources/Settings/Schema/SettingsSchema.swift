import Foundation

/// The settings as a JSON Schema (draft 2020-12), for editors.
///
/// It accepts whatever the readers accept; some of what it accepts they refuse, such as two credentials for one
/// organization. Values of other parts of an `app-config.yaml` are not looked at.
package enum SettingsSchema {
  /// The schema as text with sorted keys.
  package static var text: String {
    var root = schema(of: SettingsTable.root)
    root["$schema"] = .text("https://json-schema.org/draft/2020-12/schema")
    root["$id"] = .text("https://github.com/catalog-crawler/schema/app-config.json")
    root["title"] = .text("What catalog-crawler reads of an app-config.yaml")
    root["$defs"] = .object([
      "elsewhere": .object(elsewhere), "reference": .object(reference), "units": .object(units),
    ])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(SchemaValue.object(root)) else {  // plain values always encode
      preconditionFailure("a schema of texts and numbers could not be written as JSON")
    }
    return String(decoding: data, as: UTF8.self) + "\n"
  }

  private typealias Schema = [String: SchemaValue]

  /// What may stand for any value: nothing, or a value that is elsewhere.
  private static let elsewhere: Schema = [
    "description": .text("null, or a value from a variable or another file"),
    "anyOf": .list(
      [["type": .text("null")]]
        + ["$env", "$file", "$include"].map { key in
          [
            "type": .text("object"), "required": .list([.text(key)]), "maxProperties": .integer(1),
            "properties": .object([key: .object(["type": .text("string")])]),
          ] as Schema
        }
    ),
  ]

  /// A text that a variable makes a number or something else of.
  private static let reference: Schema = ["type": .text("string"), "pattern": .text("\\$\\{")]

  private static let units: Schema = [
    "type": .text("object"), "additionalProperties": .boolean(false), "minProperties": .integer(1),
    "properties": .object(
      Dictionary(
        uniqueKeysWithValues: DurationText.units.map { unit in
          (
            unit.name,
            SchemaValue.object(anyOf([["type": .text("integer"), "minimum": .integer(0)], number]))
          )
        }
      )
    ),
  ]

  /// A whole number as a text.
  private static let number: Schema = ["type": .text("string"), "pattern": .text("^[0-9]+$|\\$\\{")]

  private static let duration: [Schema] = [
    ["type": .text("string"), "examples": .list([.text("PT30S"), .text("5 minutes"), .text("24h")])],
    ["$ref": .text("#/$defs/units")],
  ]

  private static func anyOf(_ schemas: [Schema]) -> Schema { ["anyOf": .list(schemas)] }

  /// The schema of a shape, without what may stand elsewhere.
  private static func schema(of shape: SettingShape) -> Schema {
    switch shape {
    case .text, .path: return ["type": .text("string"), "minLength": .integer(1)]
    case .word(let words):
      return anyOf([["enum": .list(words.map(SchemaValue.text))], ["$ref": .text("#/$defs/reference")]])
    case .boolean:
      return anyOf([
        ["type": .text("boolean")], ["enum": .list([.text("true"), .text("false")])],
        ["$ref": .text("#/$defs/reference")],
      ])
    case .integer(let range):
      var whole: Schema = ["type": .text("integer"), "minimum": .integer(range.lowerBound)]
      if range.upperBound < Int.max { whole["maximum"] = .integer(range.upperBound) }
      return anyOf([whole, number])
    case .share:
      return anyOf([
        ["type": .text("number"), "minimum": .integer(0), "maximum": .integer(1)],
        ["type": .text("string"), "pattern": .text("^[0-9.]+%?$|\\$\\{")],
      ])
    case .duration: return anyOf(duration)
    case .frequency:
      return anyOf(
        duration + [
          closed("cron", ["type": .text("string")]),
          closed("trigger", ["enum": .list([.text("manual")])]),
        ]
      )
    case .list(let element): return ["type": .text("array"), "items": .object(anywhere(element))]
    case .oneOrMore(let element):
      return anyOf([
        schema(of: element),
        ["type": .text("array"), "minItems": .integer(1), "items": .object(anywhere(element))],
      ])
    case .map(_, let value):
      return ["type": .text("object"), "additionalProperties": .object(anywhere(value))]
    case .either(let first, let second): return anyOf([schema(of: first), schema(of: second)])
    case .object(let members, let isOpen): return object(members, isOpen: isOpen)
    }
  }

  private static func closed(_ key: String, _ value: Schema) -> Schema {
    [
      "type": .text("object"), "additionalProperties": .boolean(false), "required": .list([.text(key)]),
      "properties": .object([key: .object(value)]),
    ]
  }

  private static func object(_ members: [SettingMember], isOpen: Bool) -> Schema {
    var properties: Schema = [:]
    for member in members {
      var schema = anywhere(member.shape)
      schema["description"] = .text(member.meaning)
      if let text = member.defaultText { schema["default"] = value(of: text) }
      properties[member.name] = .object(schema)
    }
    var schema: Schema = ["type": .text("object"), "properties": .object(properties)]
    if !isOpen { schema["additionalProperties"] = .boolean(false) }
    let required = members.filter(\.isRequired).map { SchemaValue.text($0.name) }
    if !required.isEmpty { schema["required"] = .list(required) }
    return schema
  }

  /// A default as JSON has it.
  private static func value(of text: String) -> SchemaValue {
    if let number = Int(text) { return .integer(number) }
    return ["true", "false"].contains(text) ? .boolean(text == "true") : .text(text.filter { $0 != "\"" })
  }

  private static func anywhere(_ shape: SettingShape) -> Schema {
    anyOf([schema(of: shape), ["$ref": .text("#/$defs/elsewhere")]])
  }
}

/// A JSON value of a schema.
private enum SchemaValue: Encodable, Sendable {
  case text(String)
  case integer(Int)
  case boolean(Bool)
  case list([SchemaValue])
  case object([String: SchemaValue])

  static func list(_ schemas: [[String: SchemaValue]]) -> SchemaValue {
    .list(schemas.map(SchemaValue.object))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .boolean(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
