import YAML

/// What an entity of kind Location wants to be read (facts/backstage-catalog.md 4).
package struct LocationSpec: Sendable, Equatable {
  /// One text of `spec.target` or `spec.targets`.
  package struct Target: Sendable, Equatable {
    /// As it is written.
    package var text: String
    /// The address that it stands for, or why it stands for none.
    package var address: Result<FileAddress, FileContext.TargetFault>
    package var line: Int
    package var column: Int
    /// As in `Problem.keyPath`.
    package var keyPath: String
  }

  /// How the targets are read; nil for a type that nothing here reads.
  package var type: LocationType?
  /// `spec.target`, then `spec.targets` in their order.
  package var targets: [Target]
  /// Whether a target that is not there is a problem.
  package var isRequired: Bool

  /// Nil for an entity of another kind, and when nothing is known of where the file is.
  init?(_ parts: EntityParts, context: FileContext?) {
    guard let context, parts.kind.bytes.elementsEqual("Location".utf8), let spec = parts.spec else {
      return nil
    }
    let written = spec["type"]?.string
    let type = written ?? context.type.rawValue
    self.type = LocationType(rawValue: type)
    isRequired = spec["presence"]?.string != "optional"
    targets = []
    func add(_ node: YAMLBorrowedNode, _ keyPath: String) {
      guard let text = node.string else { return }
      targets.append(
        Target(
          text: text,
          address: Self.address(of: text, type: type, context),
          line: node.mark.line,
          column: node.mark.column,
          keyPath: keyPath
        )
      )
    }
    if let target = spec["target"] { add(target, "spec.target") }
    var index = 0
    for target in spec["targets"]?.elements.map({ $0 }) ?? [] {
      add(target, "spec.targets[\(index)]")
      index += 1
    }
  }

  private static func address(
    of text: String,
    type: String,
    _ context: FileContext
  ) -> Result<FileAddress, FileContext.TargetFault> {
    guard let known = LocationType(rawValue: type) else {
      return .failure(
        .init(
          rule: "location-type",
          message: "expected the type url or file, got \(Excerpt.quoted(type.utf8))"
        )
      )
    }
    // A file of a repository must not tell which files of this machine are read.
    guard known == .url || context.type == .file else {
      return .failure(
        .init(rule: "location-type", message: "a file of a repository cannot name a file of this machine")
      )
    }
    guard known == .file || context.type == .url || text.contains("://") else {
      return .failure(
        .init(rule: "location-type", message: "expected a whole URL, since this file has none of its own")
      )
    }
    return context.resolve(text, context.address)
  }
}
