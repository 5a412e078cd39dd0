import YAML

/// Reads a configuration file into values: substitutes variables and follows `$env`, `$file` and
/// `$include` (facts/backstage-azure.md 1.8).
///
/// Only the keys that are ours to read are looked at. Everything else in an `app-config.yaml` may name
/// files and variables that exist only where the portal runs.
struct ConfigLoader {
  /// The parts of the file that are read.
  private static let relevantPaths = [
    ["integrations", "azure"],
    ["catalog", "providers", "azureDevOps"],
    ["catalog", "locations"],
    ["catalog", "rules"],
    ["crawler"],
  ]
  /// How deep includes may be nested; a chain that is longer is a circle.
  private static let maxIncludeDepth = 10

  /// The file that a value is read from.
  struct Source {
    /// As it was named.
    var name: String
    /// Where its relative paths begin.
    var folder: String
    /// How many includes led here.
    var depth = 0
  }

  let substitution: Substitution
  let files: FileAccess
  let problems: ProblemList

  /// The content of a file, or nil when it is empty or was not readable; problems are noted.
  func load(path: String, name: String) -> ConfigNode? {
    let source = Source(name: name, folder: FilePath.folder(of: path))
    guard let root = parse(path: path, name: name, at: SettingsPlace(file: name), keyPath: "") else {
      return nil
    }
    guard root.kind == .mapping else {
      problems.add(place(of: root, source), "", "got \(Self.typeName(root)), wanted an object with keys")
      return nil
    }
    return convert(root, KeyPath(), source)
  }

  private func parse(path: String, name: String, at place: SettingsPlace, keyPath: String) -> YAMLNode? {
    let bytes: [UInt8]
    switch files.read(path) {
    case .success(let content): bytes = content
    case .failure(let problem):
      problems.add(place, keyPath, "cannot read the file '\(path)': \(problem.reason)")
      return nil
    }
    let items = YAMLReader.read(bytes)
    for case .problem(let problem) in items {
      let place = SettingsPlace(file: name, line: problem.mark.line, column: problem.mark.column)
      problems.add(place, "", problem.message)
      return nil
    }
    if items.count > 1 {
      problems.add(SettingsPlace(file: name), "", "got \(items.count) YAML documents, wanted one")
      return nil
    }
    guard case .document(let document)? = items.first else { return nil }
    return document.root
  }

  private func convert(_ node: YAMLNode, _ path: KeyPath, _ source: Source) -> ConfigNode {
    let place = place(of: node, source)
    func made(_ content: ConfigNode.Content) -> ConfigNode {
      ConfigNode(content: content, place: place, folder: source.folder)
    }
    switch node.kind {
    case .null: return made(.null)
    case .boolean: return made(.boolean(node.boolean ?? false))
    case .integer, .float: return made(.number(node.text))
    case .string: return substituted(node.text, place, source)
    case .sequence:
      let elements = node.elements.enumerated()
      return made(.list(elements.map { convert($0.element, path.appending(index: $0.offset), source) }))
    case .mapping:
      let includes = node.pairs.filter { $0.key.text.hasPrefix("$") }
      guard let include = includes.first else { return made(.object(members(of: node, path, source))) }
      return included(include, in: node, path, source)
    }
  }

  private func members(of node: YAMLNode, _ path: KeyPath, _ source: Source) -> [ConfigMember] {
    var members: [ConfigMember] = []
    for (key, value) in node.pairs {
      let memberPath = path.appending(key: key.text)
      guard Self.isRelevant(memberPath.keys) else { continue }
      let converted = convert(value, memberPath, source)
      members.append(ConfigMember(key: key.text, place: place(of: key, source), value: converted))
    }
    return members
  }

  private static func isRelevant(_ keys: [String]) -> Bool {
    relevantPaths.contains { $0.starts(with: keys) || keys.starts(with: $0) }
  }

  private func substituted(_ text: String, _ place: SettingsPlace, _ source: Source) -> ConfigNode {
    switch substitution.apply(to: text) {
    case .text(let text, let variables):
      ConfigNode(content: .string(text), place: place, folder: source.folder, variables: variables)
    case .unset(let reason):
      ConfigNode(content: .unset(reason), place: place, folder: source.folder)
    }
  }

  private func place(of node: YAMLNode, _ source: Source) -> SettingsPlace {
    SettingsPlace(file: source.name, line: node.mark.line, column: node.mark.column)
  }

  private static func typeName(_ node: YAMLNode) -> String {
    switch node.kind {
    case .null: "null"
    case .boolean: "boolean"
    case .integer, .float: "number"
    case .string: "string"
    case .sequence: "array"
    case .mapping: "object"
    }
  }
}

// MARK: - Includes

extension ConfigLoader {
  /// The value that an object with a key like `$env` stands for.
  private func included(
    _ include: (key: YAMLNode, value: YAMLNode),
    in node: YAMLNode,
    _ path: KeyPath,
    _ source: Source
  ) -> ConfigNode {
    let key = include.key.text
    let place = place(of: include.key, source)
    func refused(_ message: String) -> ConfigNode {
      problems.add(place, path.text, message)
      return ConfigNode(content: .faulty, place: place, folder: source.folder)
    }

    guard ["$env", "$file", "$include"].contains(key) else {
      return refused("'\(key)' is not known; wanted $env, $file or $include")
    }
    guard node.pairs.reduce(0, { count, _ in count + 1 }) == 1 else {
      return refused("'\(key)' must be the only key of its object")
    }
    guard let text = include.value.string else {
      return refused("got \(Self.typeName(include.value)) for '\(key)', wanted string")
    }
    switch substitution.apply(to: text) {
    case .unset(let reason):
      return refused("'\(key)' has no value: \(reason)")
    case .text(let argument, _):
      switch key {
      case "$env": return variable(argument, place, source)
      case "$file": return file(argument, place, source, refused)
      default: return part(argument, path, place, source, refused)
      }
    }
  }

  private func variable(_ name: String, _ place: SettingsPlace, _ source: Source) -> ConfigNode {
    guard let value = substitution.environment[name] else {
      let reason = "the environment variable \(name) is not set"
      return ConfigNode(content: .unset(reason), place: place, folder: source.folder)
    }
    return ConfigNode(content: .string(value), place: place, folder: source.folder, variables: [name])
  }

  private func file(
    _ name: String,
    _ place: SettingsPlace,
    _ source: Source,
    _ refused: (String) -> ConfigNode
  ) -> ConfigNode {
    let path = FilePath.absolute(name, in: source.folder)
    switch files.read(path) {
    case .failure(let problem):
      return refused("cannot read the file '\(path)': \(problem.reason)")
    case .success(let bytes):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        return refused("the file '\(path)' is not UTF-8 text")
      }
      guard let last = text.lastIndex(where: { !$0.isWhitespace }) else {
        return refused("the file '\(path)' is empty")
      }
      return ConfigNode(content: .string(String(text[...last])), place: place, folder: source.folder)
    }
  }

  /// `FILE` or `FILE#KEY.KEY`.
  private func part(
    _ argument: String,
    _ path: KeyPath,
    _ place: SettingsPlace,
    _ source: Source,
    _ refused: (String) -> ConfigNode
  ) -> ConfigNode {
    let parts = argument.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init
    )
    let name = parts[0]
    guard [".json", ".yaml", ".yml"].contains(where: name.hasSuffix) else {
      return refused("there is no parser for '\(name)'; wanted a .json, .yaml or .yml file")
    }
    guard source.depth < Self.maxIncludeDepth else {
      return refused("includes are nested deeper than \(Self.maxIncludeDepth) files; do they form a circle?")
    }
    let file = FilePath.absolute(name, in: source.folder)
    let known = problems.count
    guard var node = parse(path: file, name: file, at: place, keyPath: path.text) else {
      return problems.count > known
        ? ConfigNode(content: .faulty, place: place, folder: source.folder)
        : refused("the file '\(file)' is empty")
    }
    if parts.count > 1, !parts[1].isEmpty {
      switch select(parts[1].split(separator: ".", omittingEmptySubsequences: false), in: node) {
      case .found(let found): node = found
      case .notAnObject(let key):
        return refused("'\(argument)' steps into a value that is no object at '\(key)'")
      case .missing:
        let reason = "'\(argument)' names a key that is not in the file"
        return ConfigNode(content: .unset(reason), place: place, folder: source.folder)
      }
    }
    let inner = Source(name: file, folder: FilePath.folder(of: file), depth: source.depth + 1)
    return convert(node, path, inner)
  }
}

/// What following the keys of an `$include` leads to.
private enum Selection {
  case found(YAMLNode)
  /// The last key is not there.
  case missing
  /// The key cannot be looked up, because what it is looked up in is no object.
  case notAnObject(key: Substring)
}

private func select(_ keys: [Substring], in root: YAMLNode) -> Selection {
  var node = root
  for (index, key) in keys.enumerated() {
    guard node.kind == .mapping else { return .notAnObject(key: key) }
    guard let next = node[dynamic: String(key)] else {
      return index == keys.count - 1 ? .missing : .notAnObject(key: keys[index + 1])
    }
    node = next
  }
  return .found(node)
}

/// The keys that lead to a value, and how messages write them.
struct KeyPath {
  /// Without the indices of lists.
  var keys: [String] = []
  /// For example `a.b[0].c`.
  var text = ""

  func appending(key: String) -> KeyPath {
    KeyPath(keys: keys + [key], text: text.isEmpty ? key : "\(text).\(key)")
  }

  func appending(index: Int) -> KeyPath { KeyPath(keys: keys, text: "\(text)[\(index)]") }
}
