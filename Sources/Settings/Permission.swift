/// One kind from one place: what rules come to when they are written out.
struct Permission: Sendable, Equatable {
  /// Where a rule holds.
  enum Place: Sendable, Equatable {
    case anywhere
    case type(String)
    /// The target in its one spelling.
    case exact(type: String, target: String)
    case pattern(type: String, PathGlob)

    init(
      _ place: CatalogRule.Place,
      canonical: (String) -> String
    ) throws(PathGlobError) {
      if let exact = place.exact {
        self = .exact(type: place.type, target: canonical(exact))
      } else if let pattern = place.pattern {
        self = .pattern(type: place.type, try PathGlob(pattern, for: .targets))
      } else {
        self = .type(place.type)
      }
    }

    /// - Parameter targets: The spellings of one target: as it is written, and the one of all.
    func has(type: String, targets: Set<String>) -> Bool {
      switch self {
      case .anywhere: true
      case .type(let wanted): type == wanted
      case .exact(let wanted, let target): type == wanted && targets.contains(target)
      case .pattern(let wanted, let glob): type == wanted && targets.contains(where: glob.matches)
      }
    }
  }

  let kind: CatalogRule.Kind
  let place: Place

  init(_ kind: CatalogRule.Kind, from place: Place) {
    self.kind = kind
    self.place = place
  }
}

extension Permission: CustomStringConvertible {
  /// Everything about it, on one line; equal for permissions that allow the same.
  var description: String {
    let type = kind.specType.map { " with spec.type \(Self.quoted($0))" } ?? ""
    return "\(Self.quoted(kind.kind.lowercased()))\(type) from \(placeDescription)"
  }

  private var placeDescription: String {
    switch place {
    case .anywhere: "anywhere"
    case .type(let type): "type \(Self.quoted(type))"
    case .exact(let type, let target): "type \(Self.quoted(type)) target \(Self.quoted(target))"
    case .pattern(let type, let glob): "type \(Self.quoted(type)) pattern \(Self.quoted(glob.text))"
    }
  }

  /// In quotes that no text inside can end, so that two permissions never read the same.
  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
      "\n",
      with: "\\n"
    )
    return "\"\(escaped)\""
  }
}
