/// How one text became another, line by line.
struct TextDifference: Equatable {
  enum Sign: String {
    case same = " "
    case removed = "-"
    case added = "+"
    /// Lines are left out here.
    case gap = "…"
  }

  struct Line: Equatable {
    var sign: Sign
    var text: String

    init(_ sign: Sign, _ text: String) {
      self.sign = sign
      self.text = text
    }
  }

  /// Longer texts, in lines, are not compared: the time grows with the product of lengths.
  static let longest = 500

  var lines: [Line] = []
  /// Whether lines are missing at the end.
  var isCut = false

  /// Nil when a text is too long.
  ///
  /// - Parameters:
  ///   - context: How many lines that stayed are shown around those that did not.
  ///   - limit: How many lines at most.
  init?(from before: String, to after: String, context: Int = 2, limit: Int = 40) {
    let old = before.split(separator: "\n", omittingEmptySubsequences: false)
    let new = after.split(separator: "\n", omittingEmptySubsequences: false)
    guard old.count <= Self.longest, new.count <= Self.longest else { return nil }
    let all = Self.all(old, new)
    var isShown = Array(repeating: false, count: all.count)
    for (index, line) in all.enumerated() where line.sign != .same {
      for near in max(0, index - context)...min(all.count - 1, index + context) { isShown[near] = true }
    }
    for (index, line) in all.enumerated() {
      if isShown[index] {
        lines.append(line)
      } else if index > 0, isShown[index - 1] {
        lines.append(Line(.gap, ""))
      }
    }
    if lines.last?.sign == .gap { lines.removeLast() }
    if lines.count > limit {
      lines.removeLast(lines.count - limit)
      isCut = true
    }
  }

  private static func all(_ old: [Substring], _ new: [Substring]) -> [Line] {
    let difference = new.difference(from: old)
    var (removed, added): (Set<Int>, Set<Int>) = ([], [])
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var lines: [Line] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        lines.append(Line(.removed, String(old[left])))
        left += 1
      } else if right < new.count, added.contains(right) {
        lines.append(Line(.added, String(new[right])))
        right += 1
      } else {
        if left < old.count { lines.append(Line(.same, String(old[left]))) }
        left += 1
        right += 1
      }
    }
    return lines
  }
}
