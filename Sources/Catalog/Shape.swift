/// What the value of a field may be.
///
/// Mappings are open: keys that no field names are kept as they are. Null never is a value. Wherever a text, a
/// list or a mapping stands a placeholder may stand instead, to be resolved later (facts/backstage-catalog.md
/// 1.3, 1.5, 3.1), save where the shape is fixed.
indirect enum Shape: Sendable {
  /// A string of at least one character, of the format if there is one.
  case text(TextFormat?)
  /// A text that says who the entity is, which no placeholder may do.
  case fixedText(TextFormat)
  /// A string that may be empty.
  case anyText
  /// A string, or a boolean.
  case textOrBoolean
  /// One of a few strings.
  case oneOf([StaticString])
  /// A string that names an entity.
  case reference(ReferenceField)
  /// Only elements of the shape, and at least so many.
  case list(Shape, atLeast: Int)
  /// One value of the shape, or a list of them.
  case oneOrList(Shape)
  /// Any keys of the format with strings of the format; nil for strings of any form, empty ones too.
  case texts(keys: TextFormat, values: TextFormat?)
  /// A mapping with these fields and any others.
  case mapping([Field])
  /// The same, for one that no placeholder may stand for.
  case fixedMapping([Field])
  /// A mapping with these fields, and strings in all others.
  case mappingOfTexts([Field])

  static let text = Shape.text(nil)
  static let mapping = Shape.mapping([])

  static func list(_ shape: Shape) -> Shape { .list(shape, atLeast: 0) }
  static func references(_ field: ReferenceField) -> Shape { .list(.reference(field), atLeast: 0) }
}

/// A key of a mapping and what its value may be.
struct Field: Sendable {
  let name: StaticString
  let shape: Shape
  let isRequired: Bool

  static func required(_ name: StaticString, _ shape: Shape) -> Field {
    Field(name: name, shape: shape, isRequired: true)
  }

  static func optional(_ name: StaticString, _ shape: Shape) -> Field {
    Field(name: name, shape: shape, isRequired: false)
  }
}

extension [Field] {
  /// The fields of `metadata` (facts/backstage-catalog.md 1.3, 1.4).
  static let metadata: [Field] = [
    .required("name", .fixedText(.name)),
    .optional("namespace", .fixedText(.namespace)),
    .optional("uid", .text),
    .optional("etag", .text),
    .optional("title", .text),
    .optional("description", .anyText),
    .optional("labels", .texts(keys: .labelKey, values: .labelValue)),
    .optional("annotations", .texts(keys: .annotationKey, values: nil)),
    .optional("tags", .list(.text(.tag))),
    .optional("links", .list(.mapping(link))),
  ]

  private static let link: [Field] = [
    .required("url", .text(.linkURL)),
    .optional("title", .text(.linkTitle)),
    .optional("icon", .text(.linkIcon)),
    .optional("type", .text),
  ]
}
