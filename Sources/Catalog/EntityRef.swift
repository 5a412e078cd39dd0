/// The identity of an entity: `kind:namespace/name`, always in lower case, because two entities whose kind,
/// namespace and name differ only by case are the same one (facts/backstage-catalog.md 1.6).
package struct EntityRef: Sendable, Hashable {
  /// The namespace of everything that does not name one.
  package static let defaultNamespace = "default"

  package let kind: String
  package let namespace: String
  package let name: String

  /// Makes a ref of its parts, lower-cased; no part is checked.
  package init(kind: String, namespace: String = EntityRef.defaultNamespace, name: String) {
    self.kind = Self.lowercased(kind)
    self.namespace = Self.lowercased(namespace)
    self.name = Self.lowercased(name)
  }

  /// Reads `[kind:][namespace/]name`.
  ///
  /// The kind ends at the first `:` and the namespace at the first `/` behind it; a `:` behind the first `/`
  /// is part of the name. Nothing is trimmed or decoded, and no character is refused.
  ///
  /// - Parameters:
  ///   - defaultKind: The kind of a text that names none; nil when the text has to name one.
  ///   - defaultNamespace: The namespace of a text that names none.
  /// - Throws: When a part is empty, or when there is neither a kind nor a default for it.
  package init(
    _ text: String,
    defaultKind: String? = nil,
    defaultNamespace: String = EntityRef.defaultNamespace
  ) throws(EntityRefError) {
    let utf8 = Array(text.utf8)
    self = try utf8.withUnsafeBufferPointer { utf8 in
      Result { () throws(EntityRefError) in
        try EntityRef(utf8: utf8, defaultKind: defaultKind, defaultNamespace: defaultNamespace)
      }
    }.get()
  }

  init(utf8: UnsafeBufferPointer<UInt8>, defaultKind: String?, defaultNamespace: String)
    throws(EntityRefError)
  {
    var rest = utf8[...]
    var kind: Slice<UnsafeBufferPointer<UInt8>>?
    var namespace: Slice<UnsafeBufferPointer<UInt8>>?
    let slash = rest.firstIndex(of: UInt8(ascii: "/"))
    if let colon = rest.firstIndex(of: UInt8(ascii: ":")), slash.map({ colon < $0 }) ?? true {
      kind = rest[..<colon]
      rest = rest[(colon + 1)...]
    }
    if let slash {
      namespace = rest[..<slash]
      rest = rest[(slash + 1)...]
    }
    if let kind, kind.isEmpty { throw .empty(part: "kind", text: utf8) }
    if let namespace, namespace.isEmpty { throw .empty(part: "namespace", text: utf8) }
    if rest.isEmpty { throw .empty(part: "name", text: utf8) }
    guard let kind = kind.map(Self.lowercased) ?? defaultKind.map(Self.lowercased) else {
      throw .kindMissing(text: utf8)
    }
    self.kind = kind
    self.namespace = namespace.map(Self.lowercased) ?? Self.lowercased(defaultNamespace)
    self.name = Self.lowercased(rest)
  }

  /// Most texts are in lower case as they are, which is found out faster than made anew.
  private static func lowercased(_ text: String) -> String {
    text.utf8.allSatisfy { $0 < 0x80 && !isUppercase($0) } ? text : text.lowercased()
  }

  private static func lowercased(_ utf8: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    lowercased(String(decoding: utf8, as: UTF8.self))
  }

  private static func isUppercase(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
  }
}

extension EntityRef: CustomStringConvertible {
  /// `kind:namespace/name`.
  package var description: String { "\(kind):\(namespace)/\(name)" }
}

extension EntityRef: Comparable {
  /// In the order of the descriptions' bytes, which is the order of a database that sorts them as text.
  package static func < (left: EntityRef, right: EntityRef) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }
}

/// Why a text is not a reference to an entity.
package struct EntityRefError: Error, Equatable, CustomStringConvertible {
  private enum Fault: Equatable {
    case empty(part: String)
    case kindMissing
  }

  private let fault: Fault
  private let excerpt: String

  /// A sentence with the text in it.
  package var description: String {
    switch fault {
    case .empty(let part): "expected [kind:][namespace/]name, got \(excerpt), whose \(part) is empty"
    case .kindMissing: "expected kind:[namespace/]name, got \(excerpt), which names no kind"
    }
  }

  static func empty(part: String, text: some Collection<UInt8>) -> EntityRefError {
    EntityRefError(fault: .empty(part: part), excerpt: Excerpt.quoted(text))
  }

  static func kindMissing(text: some Collection<UInt8>) -> EntityRefError {
    EntityRefError(fault: .kindMissing, excerpt: Excerpt.quoted(text))
  }
}
