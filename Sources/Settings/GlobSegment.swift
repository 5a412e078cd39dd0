/// What a pattern says about one part of a path, between two slashes.
struct GlobSegment: Sendable, Equatable {
  /// What one character, or for `run` any number of them, must be.
  private enum Element: Sendable, Equatable {
    case character(Unicode.Scalar)
    case any
    case run
    case oneOf([ClosedRange<UInt32>], isNegated: Bool)

    func matches(_ scalar: Unicode.Scalar) -> Bool {
      switch self {
      case .character(let wanted): scalar == wanted
      case .any: true
      case .run: false
      case .oneOf(let ranges, let isNegated):
        ranges.contains { $0.contains(scalar.value) } != isNegated
      }
    }
  }

  /// `**`: any number of parts.
  let isAnyFolders: Bool
  private let elements: [Element]

  /// - Throws: `unsupported` for `+(a|b)` and its like and for `[[:alpha:]]`.
  init(_ pattern: ArraySlice<Unicode.Scalar>) throws(PathGlobError) {
    isAnyFolders = pattern.elementsEqual(["*", "*"])
    var elements: [Element] = []
    var index = pattern.startIndex
    while index < pattern.endIndex {
      let scalar = pattern[index]
      let isLast = index + 1 == pattern.endIndex
      if "*?+@!".unicodeScalars.contains(scalar), !isLast, pattern[index + 1] == "(",
        pattern[(index + 2)...].contains(")")
      {
        throw .unsupported("the form '\(scalar)(...)' in the pattern is not supported; write {a,b}")
      }
      index += 1
      switch scalar {
      case "*": if elements.last != .run { elements.append(.run) }
      case "?": elements.append(.any)
      case "[":
        if let set = try Self.set(in: pattern, from: index) {
          elements.append(Self.element(for: set.ranges, isNegated: set.isNegated))
          index = set.end
        } else {
          elements.append(.character(scalar))
        }
      case "\\" where !isLast:
        elements.append(.character(pattern[index]))
        index += 1
      default: elements.append(.character(scalar))
      }
    }
    self.elements = elements
  }

  /// A set of one character is that character, which may be a dot that wildcards do not see.
  private static func element(for ranges: [ClosedRange<UInt32>], isNegated: Bool) -> Element {
    guard !isNegated, ranges.count == 1, ranges[0].count == 1,
      let scalar = Unicode.Scalar(ranges[0].lowerBound)
    else { return .oneOf(ranges, isNegated: isNegated) }
    return .character(scalar)
  }

  /// The set that begins behind a bracket, and where it ends; nil when no bracket closes it.
  private static func set(
    in pattern: ArraySlice<Unicode.Scalar>,
    from start: Int
  ) throws(PathGlobError) -> (ranges: [ClosedRange<UInt32>], isNegated: Bool, end: Int)? {
    var index = start
    let isNegated = index < pattern.endIndex && (pattern[index] == "!" || pattern[index] == "^")
    if isNegated { index += 1 }
    let first = index
    var ranges: [ClosedRange<UInt32>] = []
    var isRange = false
    while index < pattern.endIndex {
      var scalar = pattern[index]
      // A bracket that comes first is one of the set.
      if scalar == "]", index > first {
        if isRange { ranges.append(0x2D...0x2D) }
        return (ranges, isNegated, index + 1)
      }
      if scalar == "[", pattern[(index + 1)...].first == ":" {
        throw .unsupported("the form '[:...:]' in the pattern is not supported; write [a-z]")
      }
      if scalar == "\\", index + 1 < pattern.endIndex {
        index += 1
        scalar = pattern[index]
      } else if scalar == "-", !isRange, index > first {
        isRange = true
        index += 1
        continue
      }
      if isRange, let low = ranges.last?.lowerBound {
        ranges.removeLast()
        // A range that runs backwards holds nothing.
        if low <= scalar.value { ranges.append(low...scalar.value) }
      } else {
        ranges.append(scalar.value...scalar.value)
      }
      isRange = false
      index += 1
    }
    return nil
  }

  /// The only name that matches; nil when there may be others.
  var literal: String? {
    var name = String.UnicodeScalarView()
    for element in elements {
      guard case .character(let scalar) = element else { return nil }
      name.append(scalar)
    }
    return String(name)
  }

  /// Whether wildcards see the name: those of files do not see names with a dot before them, and none sees
  /// `.` and `..`.
  static func isVisible(_ name: ArraySlice<Unicode.Scalar>, seesDots: Bool) -> Bool {
    guard name.first == "." else { return true }
    return seesDots && !name.elementsEqual(["."]) && !name.elementsEqual([".", "."])
  }

  /// Whether the whole name matches; not for `**`, which is no matter of one part.
  func matches(_ name: ArraySlice<Unicode.Scalar>, seesDots: Bool) -> Bool {
    guard let first = elements.first else { return name.isEmpty }
    if case .character = first {
    } else if name.isEmpty || !Self.isVisible(name, seesDots: seesDots) {
      return false
    }
    var (position, index) = (name.startIndex, 0)
    // Where to go on after the last `*`: it takes one more character each time what follows it fails.
    var retry: (position: Int, index: Int)?
    while position < name.endIndex {
      if index < elements.count, elements[index] == .run {
        index += 1
        retry = (position, index)
      } else if index < elements.count, elements[index].matches(name[position]) {
        index += 1
        position += 1
      } else if let last = retry {
        retry = (last.position + 1, last.index)
        (position, index) = (last.position + 1, last.index)
      } else {
        return false
      }
    }
    return elements[index...].allSatisfy { $0 == .run }
  }
}
