import YAML

/// Holds the values of one document against their shapes and collects what is wrong, and on the way the
/// references to other entities.
struct ShapeChecker {
  private enum Step {
    case key(StaticString)
    case text(String)
    case index(Int)
  }

  private(set) var problems: [Problem] = []
  /// How many problems there were beyond the limit.
  private(set) var untold = 0
  private(set) var references: [Reference] = []
  private(set) var hasErrors = false
  /// The namespace of references that name none: the entity's own (facts/backstage-catalog.md 6.1).
  var namespace = EntityRef.defaultNamespace

  private let maxProblems: Int
  private let arePlaceholdersJudged: Bool
  private var path: [Step] = []

  /// - Parameters:
  ///   - problems: What is known to be wrong already.
  ///   - arePlaceholdersJudged: Whether a placeholder that is left has its problem among these.
  init(maxProblems: Int, problems: [Problem] = [], arePlaceholdersJudged: Bool = false) {
    self.maxProblems = maxProblems
    self.arePlaceholdersJudged = arePlaceholdersJudged
    self.problems = problems
    hasErrors = problems.contains { $0.severity == .error }
  }

  /// Checks the value of a root field.
  mutating func check(_ node: YAMLBorrowedNode, _ shape: Shape, at field: StaticString) {
    path.append(.key(field))
    check(node, shape)
    path.removeLast()
  }

  /// - Parameter field: The field of the value at hand that it is about; nil for the value itself.
  mutating func report(
    _ rule: String,
    _ message: @autoclosure () -> String,
    at node: YAMLBorrowedNode,
    field: @autoclosure () -> String? = nil,
    severity: Problem.Severity = .error
  ) {
    if severity == .error { hasErrors = true }
    guard problems.count < maxProblems else {
      untold += 1
      return
    }
    var keyPath = pathText
    if let field = field() { keyPath += keyPath.isEmpty ? field : ".\(field)" }
    problems.append(
      Problem(
        rule: rule,
        severity: severity,
        message: message(),
        line: node.mark.line,
        column: node.mark.column,
        keyPath: keyPath
      )
    )
  }

  /// Reports a target of a Location that stands for nothing; the entity and its other targets count all the
  /// same.
  mutating func report(_ fault: FileContext.TargetFault, of target: LocationSpec.Target) {
    problems.append(
      Problem(
        rule: fault.rule,
        severity: .error,
        message: fault.message,
        line: target.line,
        column: target.column,
        keyPath: target.keyPath
      )
    )
  }

  // MARK: - Shapes

  private mutating func check(_ node: YAMLBorrowedNode, _ shape: Shape) {
    switch shape {
    case .text(let format): checkText(node, format)
    case .fixedText(let format): checkText(node, format, isFixed: true)
    case .anyText:
      if node.kind != .string { reportType(node, "a string") }
    case .textOrBoolean:
      if node.kind != .string, node.kind != .boolean { reportType(node, "a string or a boolean") }
    case .oneOf(let values): checkChoice(node, values)
    case .reference(let field): checkReference(node, field)
    case .list(let element, let atLeast): checkList(node, element, atLeast: atLeast)
    case .oneOrList(let element):
      if node.kind == .sequence { checkList(node, element, atLeast: 0) } else { check(node, element) }
    case .texts(let keys, let values): checkTexts(node, keys, values)
    case .fixedMapping(let fields):
      if node.kind == .mapping {
        checkFields(of: node, fields, areOthersTexts: false)
      } else {
        reportType(node, "a mapping", isFixed: true)
      }
    case .mapping(let fields):
      if isMapping(node) { checkFields(of: node, fields, areOthersTexts: false) }
    case .mappingOfTexts(let fields):
      if isMapping(node) { checkFields(of: node, fields, areOthersTexts: true) }
    }
  }

  private mutating func checkText(_ node: YAMLBorrowedNode, _ format: TextFormat?, isFixed: Bool = false) {
    guard node.kind == .string else {
      return reportType(node, format?.expectation ?? "a string", isFixed: isFixed)
    }
    let text = node.bytes
    if let format {
      guard !format.accepts(text) else { return }
      report(format.rule, "expected \(format.expectation), got \(Excerpt.description(of: node))", at: node)
    } else if text.isEmpty {
      report("empty", "expected a string that is not empty", at: node)
    }
  }

  private mutating func checkChoice(_ node: YAMLBorrowedNode, _ values: [StaticString]) {
    let expectation = values.map { "'\($0)'" }.joined(separator: " or ")
    guard node.kind == .string else { return reportType(node, expectation) }
    guard !values.contains(where: { $0.isEqual(to: node.bytes) }) else { return }
    report("choice", "expected \(expectation), got \(Excerpt.description(of: node))", at: node)
  }

  private mutating func checkReference(_ node: YAMLBorrowedNode, _ field: ReferenceField) {
    checkText(node, nil)
    guard node.kind == .string, !node.bytes.isEmpty else { return }
    do throws(EntityRefError) {
      let target = try EntityRef(
        utf8: node.bytes,
        defaultKind: field.defaultKind,
        defaultNamespace: namespace
      )
      references.append(Reference(field: field, target: target))
    } catch {
      report("entity-ref", error.description, at: node)
    }
  }

  private mutating func checkList(_ node: YAMLBorrowedNode, _ element: Shape, atLeast: Int) {
    guard node.kind == .sequence else { return reportType(node, "a list") }
    path.append(.index(0))
    var index = 0
    for child in node.elements {
      path[path.count - 1] = .index(index)
      check(child, element)
      index += 1
    }
    path.removeLast()
    if index < atLeast { report("empty", "expected a list that is not empty", at: node) }
  }

  private mutating func checkTexts(_ node: YAMLBorrowedNode, _ keys: TextFormat, _ values: TextFormat?) {
    guard isMapping(node) else { return }
    for (key, value) in node.pairs {
      let isKeyGood = keys.accepts(key.bytes)
      let isValueGood = value.kind == .string && values?.accepts(value.bytes) ?? true
      if isKeyGood, isValueGood { continue }
      path.append(.text(key.text))
      if !isKeyGood {
        report(keys.rule, "expected \(keys.expectation), got \(Excerpt.quoted(key.bytes))", at: key)
      }
      if !isValueGood {
        if let values { checkText(value, values) } else { reportType(value, "a string") }
      }
      path.removeLast()
    }
  }

  private mutating func checkFields(of node: YAMLBorrowedNode, _ fields: [Field], areOthersTexts: Bool) {
    // A bit for each field that is there; no table has more than 64.
    var present: UInt64 = 0
    for (key, value) in node.pairs {
      let bytes = key.bytes
      if let index = fields.firstIndex(where: { $0.name.isEqual(to: bytes) }) {
        present |= 1 << UInt64(index)
        check(value, fields[index].shape, at: fields[index].name)
      } else if areOthersTexts, value.kind != .string {
        path.append(.text(key.text))
        reportType(value, "a string")
        path.removeLast()
      }
    }
    for (index, field) in fields.enumerated() where field.isRequired && present & (1 << UInt64(index)) == 0 {
      report("missing", "'\(field.name)' is required and missing", at: node, field: "\(field.name)")
    }
  }

  // MARK: - Types

  /// False when it is none, which is reported unless it is a placeholder for one.
  private mutating func isMapping(_ node: YAMLBorrowedNode) -> Bool {
    guard node.kind == .mapping else {
      reportType(node, "a mapping")
      return false
    }
    return !isPlaceholder(node)
  }

  private mutating func reportType(_ node: YAMLBorrowedNode, _ expectation: String, isFixed: Bool = false) {
    if !isFixed, isPlaceholder(node) { return }
    report("type", "expected \(expectation), got \(Excerpt.description(of: node))", at: node)
  }

  /// Whether the value comes out of another file that was not read: `{$text: ./openapi.yaml}`.
  private func isPlaceholder(_ node: YAMLBorrowedNode) -> Bool {
    Placeholder.resolver(of: node).map { $0.value.kind == .string || arePlaceholdersJudged } ?? false
  }

  private var pathText: String {
    path.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += text.isEmpty ? "\(key)" : ".\(key)"
      case .text(let key): text += text.isEmpty ? key : ".\(key)"
      case .index(let index): text += "[\(index)]"
      }
    }
  }
}
