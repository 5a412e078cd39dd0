/// Writes out the braces of a pattern: `a{b,c}` is `ab` and `ac`.
///
/// Slashes have no meaning here. Braces without a comma, without their other half or behind `$` are characters like others, as in a shell.
enum BraceExpansion {
  /// How many texts a pattern may come to: more than anyone writes, and few enough to try on every path.
  static let maxCount = 250
  /// How many characters they may have together, and the pattern itself: matching takes time in proportion.
  static let maxLength = 4_000
  /// How many braces may stand in each other: each takes a call.
  static let maxDepth = 16

  /// The texts in the order in which they are written; one without braces.
  ///
  /// - Throws: `tooLarge`, `tooDeep`, and `unsupported` for ranges such as `{1..9}`.
  static func alternatives(of pattern: [Unicode.Scalar]) throws(PathGlobError) -> [[Unicode.Scalar]] {
    guard pattern.count <= maxLength else { throw .tooLarge }
    return try alternatives(of: pattern[...], braces: pairs(in: pattern), depth: 0)
  }

  /// Where the braces are that have another half: from each opening one to its closing one.
  private static func pairs(in pattern: [Unicode.Scalar]) -> [Int: Int] {
    var pairs: [Int: Int] = [:]
    var open: [Int] = []
    var isEscaped = false
    for (index, scalar) in pattern.enumerated() {
      switch scalar {
      case _ where isEscaped: isEscaped = false
      case "\\": isEscaped = true
      case "{": open.append(index)
      case "}": if let start = open.popLast() { pairs[start] = index }
      default: break
      }
    }
    return pairs
  }

  private static func alternatives(
    of pattern: ArraySlice<Unicode.Scalar>,
    braces: [Int: Int],
    depth: Int
  ) throws(PathGlobError) -> [[Unicode.Scalar]] {
    guard depth <= maxDepth else { throw .tooDeep }
    var texts: [[Unicode.Scalar]] = [[]]
    var plain = pattern.startIndex
    var index = pattern.startIndex
    while index < pattern.endIndex {
      guard let close = braces[index], !(index > pattern.startIndex && pattern[index - 1] == "$"),
        let choices = try choices(in: pattern[(index + 1)..<close], braces: braces)
      else {
        index += 1
        continue
      }
      var endings: [[Unicode.Scalar]] = []
      for choice in choices { endings += try alternatives(of: choice, braces: braces, depth: depth + 1) }
      texts = try product(texts, [Array(pattern[plain..<index])])
      texts = try product(texts, endings)
      index = close + 1
      plain = index
    }
    return try product(texts, [Array(pattern[plain...])])
  }

  /// What stands between the commas; nil when there is none.
  private static func choices(
    in body: ArraySlice<Unicode.Scalar>,
    braces: [Int: Int]
  ) throws(PathGlobError) -> [ArraySlice<Unicode.Scalar>]? {
    var choices: [ArraySlice<Unicode.Scalar>] = []
    var start = body.startIndex
    var index = body.startIndex
    while index < body.endIndex {
      switch body[index] {
      case "\\": index += 1
      case "{": index = braces[index] ?? index
      case ",":
        choices.append(body[start..<index])
        start = index + 1
      default: break
      }
      index += 1
    }
    guard choices.isEmpty else { return choices + [body[start...]] }
    let text = String(String.UnicodeScalarView(body))
    if text.contains("..") {
      throw .unsupported("the range '{\(text)}' in the pattern is not supported; write {1,2,3}")
    }
    return nil
  }

  private static func product(
    _ beginnings: [[Unicode.Scalar]],
    _ endings: [[Unicode.Scalar]]
  ) throws(PathGlobError) -> [[Unicode.Scalar]] {
    let length = { (texts: [[Unicode.Scalar]]) in texts.reduce(0) { $0 + $1.count } }
    guard beginnings.count * endings.count <= maxCount,
      length(beginnings) * endings.count + length(endings) * beginnings.count <= maxLength
    else { throw .tooLarge }
    return beginnings.flatMap { beginning in endings.map { beginning + $0 } }
  }
}
