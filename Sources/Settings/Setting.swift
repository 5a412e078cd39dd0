/// A value at a key path, there or not, as the readers of the settings see it.
///
/// Reading notes every problem and returns nil, so that one run finds all of them.
struct Setting {
  let keyPath: String
  /// Nil when nothing is written there, or `null`.
  let node: ConfigNode?
  /// Where the value stands; when there is none, where the object around it begins.
  let place: SettingsPlace
  let problems: ProblemList

  /// Whether something is written there, be it wrong or without a value.
  var isWritten: Bool {
    switch node?.content {
    case nil, .null: false
    default: true
    }
  }

  /// Whether there is a value, be it wrong.
  var isPresent: Bool { isWritten && unsetReason == nil }

  /// Whether the value could not be read and the problem is noted.
  var isFaulty: Bool {
    if case .faulty = node?.content { true } else { false }
  }

  /// Why a value that is written has none, or nil: it names a variable that is not set.
  var unsetReason: String? {
    if case .unset(let reason) = node?.content { reason } else { nil }
  }

  /// The value of a key; absent when this is no object.
  subscript(key: String) -> Setting {
    let path = keyPath.isEmpty ? key : "\(keyPath).\(key)"
    problems.noteAsked(path)
    let member = members.first { $0.key == key }
    return Setting(
      keyPath: path,
      node: member?.value,
      place: member?.value.place ?? place,
      problems: problems
    )
  }

  private var members: [ConfigMember] {
    if case .object(let members) = node?.content { members } else { [] }
  }

  func fail(_ message: String) { problems.add(place, keyPath, message) }

  func warn(_ message: String) { problems.warn(place, keyPath, message) }

  /// Notes that something else was wanted.
  func failType(_ wanted: String) {
    guard let node, !isFaulty else { return }
    var message = "got \(node.typeName), wanted \(wanted)"
    if case .string(let text) = node.content, text.isEmpty, !node.variables.isEmpty {
      message += " (it is made of \(node.variables.joined(separator: ", ")))"
    }
    fail(message)
  }

  /// Notes that a value must be there; says which variable is missing when that is why.
  func failMissing() {
    guard !isFaulty else { return }
    fail(unsetReason.map { "got nothing: \($0)" } ?? "missing required value")
  }

  /// Whether there is a value to read.
  ///
  /// A value that is missing because a variable is not set is noted, even where nothing needs to be
  /// written: the default is not what was meant.
  fileprivate func hasValue() -> Bool {
    if unsetReason != nil { failMissing() }
    return isPresent
  }
}

// MARK: - Scalars

extension Setting {
  /// A text that is not empty; nil when absent or wrong.
  func string() -> String? {
    guard hasValue() else { return nil }
    guard case .string(let text) = node?.content, !text.isEmpty else {
      failType("string")
      return nil
    }
    return text
  }

  /// A text that must be there.
  func requiredString() -> String? {
    if !isWritten { failMissing() }
    return string()
  }

  /// True or false, also as text, since a substituted variable is text.
  func boolean() -> Bool? {
    guard hasValue() else { return nil }
    switch node?.content {
    case .boolean(let value): return value
    case .string("true"): return true
    case .string("false"): return false
    default:
      failType("boolean")
      return nil
    }
  }

  /// A whole number in a range, also as text.
  func integer(in range: ClosedRange<Int>) -> Int? {
    guard hasValue() else { return nil }
    guard let text = numberText, let value = Int(text) else {
      failType("whole number")
      return nil
    }
    guard range.contains(value) else {
      fail("got \(value), wanted a number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  /// A number from 0 to 1, also as text, or a percentage like `25%`.
  func share() -> Double? {
    guard hasValue() else { return nil }
    let text = numberText ?? ""
    let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    guard let value, (0...1).contains(value) else {
      fail("got \(numberText ?? node?.typeName ?? ""), wanted a share from 0 to 1 or from 0% to 100%")
      return nil
    }
    return value
  }

  private var numberText: String? {
    switch node?.content {
    case .number(let text), .string(let text): text
    default: nil
    }
  }

  /// A duration in a range; the forms are those of `DurationText`.
  func duration(in range: ClosedRange<Duration>) -> Duration? {
    guard hasValue() else { return nil }
    let duration: Duration?
    switch node?.content {
    case .string(let text): duration = DurationText.duration(text)
    case .object: return durationOfParts(in: range)
    default: duration = nil
    }
    guard let duration else {
      failType("duration like 'PT30S', '30 seconds' or {seconds: 30}")
      return nil
    }
    return checked(duration, in: range)
  }

  private func durationOfParts(in range: ClosedRange<Duration>) -> Duration? {
    rejectUnknownKeys(DurationText.units.map(\.name))
    var sum = Duration.zero
    for unit in DurationText.units {
      guard let count = self[unit.name].integer(in: 0...1_000_000_000) else { continue }
      sum += unit.length * count
    }
    guard !members.isEmpty else {
      fail("got an empty object, wanted a duration like {seconds: 30}")
      return nil
    }
    return checked(sum, in: range)
  }

  private func checked(_ duration: Duration, in range: ClosedRange<Duration>) -> Duration? {
    guard range.contains(duration) else {
      let bounds = "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
      fail("got \(DurationText.text(duration)), wanted a duration from \(bounds)")
      return nil
    }
    return duration
  }
}

// MARK: - Collections

extension Setting {
  /// The elements of a list, or nil when absent or wrong.
  func elements() -> [Setting]? {
    guard hasValue() else { return nil }
    guard case .list(let nodes) = node?.content else {
      failType("array")
      return nil
    }
    return nodes.enumerated().map { index, node in
      Setting(keyPath: "\(keyPath)[\(index)]", node: node, place: node.place, problems: problems)
    }
  }

  /// The elements of a list of objects, without those that are none.
  func objects() -> [Setting]? { elements()?.filter { $0.isObject() } }

  /// The elements of a list of texts, or nil when absent or when an element is wrong.
  func strings() -> [String]? {
    guard let elements = elements() else { return nil }
    let texts = elements.map { $0.requiredString() }
    guard texts.allSatisfy({ $0 != nil }) else { return nil }
    return texts.compactMap { $0 }
  }

  /// The values of an object with their keys, in the order of the file; empty when absent or wrong.
  func entries() -> [(key: String, value: Setting)] {
    guard isWritten, isObject() else { return [] }
    return members.map { ($0.key, self[$0.key]) }
  }

  /// Whether this is an object; anything else is noted.
  ///
  /// - Parameter alternative: What else may be here, for the message.
  func isObject(or alternative: String? = nil) -> Bool {
    if case .object = node?.content { return true }
    if isPresent { failType((alternative.map { "\($0) or " } ?? "") + "object") } else { failMissing() }
    return false
  }

  /// Whether the value is written as a text.
  var isText: Bool {
    if case .string = node?.content { true } else { false }
  }

  /// Notes every key that is not one of those.
  func rejectUnknownKeys(_ known: [String]) {
    for member in members where !known.contains(member.key) {
      var message = "unknown key"
      if let near = Spelling.nearest(to: member.key, among: known) { message += "; did you mean '\(near)'?" }
      problems.add(member.place, "\(keyPath).\(member.key)", message)
    }
  }
}
