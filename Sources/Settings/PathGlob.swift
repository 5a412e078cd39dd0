/// A pattern for paths or for the targets of locations, read as minimatch reads it
/// (facts/backstage-azure.md 4.3, 6.2; facts/backstage-catalog.md 3.4, 4).
///
/// `*` stands for any run of characters but slashes, `?` for one of them, `[a-z]` and `[!a-z]` for one of a
/// set, `**` between slashes for any number of folders, `{a,b}` for one text or the other; `\` takes the
/// meaning from the character behind it, and `!` at the beginning turns the pattern around. What wildcards
/// match must not begin with a dot, unless the subject says otherwise.
///
/// Unlike in minimatch, `#` at the beginning is a character like others. Time is at most proportional to the
/// length of the pattern times the length of the path.
package struct PathGlob: Sendable, Equatable {
  /// What a pattern is for.
  package enum Subject: Sendable, Equatable {
    /// Paths of files in a repository, with or without their first slash: letter case counts, and wildcards
    /// do not match names that begin with a dot.
    case files
    /// Targets in rules: letter case does not count, and dots are characters like others.
    case targets
  }

  /// As it is written.
  package let text: String
  package let subject: Subject
  private let isNegated: Bool
  /// What the pattern comes to when its braces are written out; never empty.
  private let alternatives: [[GlobSegment]]

  /// Reads a pattern.
  ///
  /// - Throws: `PathGlobError` when the pattern comes to more than it should, or has a form that is not
  ///   supported: `+(a|b)` and its like, `{1..9}`, `[[:alpha:]]`.
  package init(_ text: String, for subject: Subject = .files) throws(PathGlobError) {
    self.text = text
    self.subject = subject
    let folded = Array((subject == .targets ? text.lowercased() : text).unicodeScalars)
    let negations = folded.prefix { $0 == "!" }.count
    // `!(a|b)` is one of the forms that are not supported, and is refused below.
    let isNegation = folded.dropFirst(negations).first != "("
    isNegated = isNegation && negations % 2 == 1
    var alternatives: [[GlobSegment]] = []
    for alternative in try BraceExpansion.alternatives(
      of: Array(folded.dropFirst(isNegation ? negations : 0))
    ) {
      alternatives.append(try Self.segments(of: alternative, subject))
    }
    self.alternatives = alternatives
  }

  private static func segments(
    of pattern: [Unicode.Scalar],
    _ subject: Subject
  ) throws(PathGlobError) -> [GlobSegment] {
    var segments: [GlobSegment] = []
    // A path of a repository has no such part, and a pattern may be written with one.
    for part in parts(of: pattern, subject) where subject == .targets || !part.elementsEqual(["."]) {
      segments.append(try GlobSegment(part))
    }
    return segments
  }

  /// What stands between the slashes; many in a row are one.
  private static func parts(
    of scalars: [Unicode.Scalar],
    _ subject: Subject
  ) -> [ArraySlice<Unicode.Scalar>] {
    let scalars = subject == .files ? scalars.drop { $0 == "/" } : scalars[...]
    let parts = scalars.split(separator: "/", omittingEmptySubsequences: false)
    return parts.enumerated().filter { index, part in
      !part.isEmpty || index == 0 || index == parts.count - 1
    }.map(\.element)
  }

  /// Whether a path or target is meant.
  package func matches(_ path: String) -> Bool {
    let folded = subject == .targets ? path.lowercased() : path
    let names = Self.parts(of: Array(folded.unicodeScalars), subject)
    return alternatives.contains { Self.matches($0, names, subject) } != isNegated
  }

  private static func matches(
    _ segments: [GlobSegment],
    _ names: [ArraySlice<Unicode.Scalar>],
    _ subject: Subject
  ) -> Bool {
    let seesDots = subject == .targets
    // Whether the segments so far can match the names before an index.
    var reached = [Bool](repeating: false, count: names.count + 1)
    reached[0] = true
    for (index, segment) in segments.enumerated() where reached.contains(true) {
      var next = [Bool](repeating: false, count: names.count + 1)
      var isRunning = false
      for (position, name) in names.enumerated() {
        if segment.isAnyFolders {
          isRunning = (isRunning || reached[position]) && GlobSegment.isVisible(name, seesDots: seesDots)
          next[position + 1] = isRunning
        } else {
          next[position + 1] = reached[position] && segment.matches(name, seesDots: seesDots)
        }
      }
      // At the end it has to match something: `a/**` is what is in `a`, and not `a`.
      if segment.isAnyFolders, index < segments.count - 1 {
        next = zip(next, reached).map { $0 || $1 }
      }
      reached = next
    }
    // A slash at the end of the path is no difference.
    return reached[names.count] || names.count > 1 && names.last?.isEmpty == true && reached[names.count - 1]
  }
}

extension PathGlob {
  /// Whether a path is a pattern at all: braces and brackets count only beside `*` or `?`
  /// (facts/backstage-catalog.md 3.4).
  package static func isPattern(_ path: String) -> Bool {
    path.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
  }

  /// The deepest folder that holds everything that can match, so that a listing need not read the rest:
  /// `/services` for `/services/*/catalog-info.yaml`.
  ///
  /// Begins with a slash and has none at its end; `/` for the whole repository, and always for targets.
  package var literalPrefix: String {
    guard subject == .files, !isNegated else { return "/" }
    var common: [String]?
    for alternative in alternatives {
      var folders: [String] = []
      for segment in alternative.dropLast() {
        guard let name = segment.literal else { break }
        folders.append(name)
      }
      guard let known = common else {
        common = folders
        continue
      }
      common = zip(known, folders).prefix { $0 == $1 }.map { $0.0 }
    }
    return "/" + (common ?? []).joined(separator: "/")
  }
}

/// Why a pattern cannot be used.
package enum PathGlobError: Error, Equatable, CustomStringConvertible {
  /// The pattern, or what its braces come to, has more than `BraceExpansion.maxLength` characters or more
  /// than `BraceExpansion.maxCount` alternatives.
  case tooLarge
  /// Braces stand in more than `BraceExpansion.maxDepth` braces.
  case tooDeep
  /// A form of minimatch that is not supported, with what to write in its place.
  case unsupported(String)

  /// Says what was expected and what came, without the pattern.
  package var description: String {
    switch self {
    case .tooLarge:
      "the pattern comes to more than \(BraceExpansion.maxCount) texts or \(BraceExpansion.maxLength) characters"
        + " when its braces are written out; use fewer braces or a wildcard"
    case .tooDeep: "the pattern has braces more than \(BraceExpansion.maxDepth) deep in other braces"
    case .unsupported(let message): message
    }
  }
}
