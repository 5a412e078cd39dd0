import Foundation

/// A query of Code Search as it was sent (facts/azure-devops-api.md 2.13).
struct SearchQuery: Sendable {
  /// An operator and its value, or a bare word.
  enum Term: Sendable, Equatable {
    case path(String)
    case file(String)
    case fileExtension(String)
    case repository(String)
    case project(String)
    case word(String)
  }

  let terms: [Term]
  let skip: Int
  let top: Int
  let filters: [String: [String]]
  /// The field to order by and whether it rises; nil: in no order.
  let order: (field: String, rises: Bool)?
  let includesFacets: Bool

  /// The greatest page, and the most rows to skip.
  private static let window = 1000

  private struct Body: Decodable {
    struct Order: Decodable {
      let field: String
      let sortOrder: String?
    }

    let searchText: String
    let skip: Int?
    let top: Int?
    let filters: [String: [String]]?
    let orderBy: [Order]?
    let includeFacets: Bool?

    enum CodingKeys: String, CodingKey {
      case searchText, filters, includeFacets
      case skip = "$skip"
      case top = "$top"
      case orderBy = "$orderBy"
    }
  }

  /// - Throws: `ArgumentException` for a body that is no query, a page outside the window, and filters without
  ///   the wider ones they need.
  init(_ request: SimulatorRequest) throws(ServiceError) {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(request.body)) else {
      throw .badArgument("request", "the body, which is no query")
    }
    terms = Self.terms(of: body.searchText)
    guard !terms.isEmpty else { throw .badArgument("searchText", body.searchText) }
    skip = body.skip ?? 0
    top = body.top ?? 50
    guard (0...Self.window).contains(skip) else { throw .badArgument("$skip", "\(skip)") }
    guard (1...Self.window).contains(top) else { throw .badArgument("$top", "\(top)") }
    filters = body.filters ?? [:]
    let known = ["Project", "Repository", "Path", "Branch", "CodeElement"]
    if let other = filters.keys.first(where: { !known.contains($0) }) { throw .badArgument("filters", other) }
    for (narrow, wide) in [("Repository", "Project"), ("Path", "Repository")]
    where filters[narrow] != nil && filters[wide] == nil {
      throw .badArgument("filters", "\(narrow) without \(wide)")
    }
    order = body.orderBy?.first.map { ($0.field.lowercased(), $0.sortOrder?.uppercased() != "DESC") }
    if let order, !["path", "filename"].contains(order.field) { throw .badArgument("$orderBy", order.field) }
    includesFacets = body.includeFacets ?? false
  }

  /// The terms of a text, which blanks part unless they stand in quotes.
  static func terms(of text: String) -> [Term] {
    var (words, word, isQuoted) = ([String](), "", false)
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
      } else if character.isWhitespace, !isQuoted {
        words.append(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    return (words + [word]).filter { !$0.isEmpty }.map(term)
  }

  private static func term(_ word: String) -> Term {
    guard let colon = word.firstIndex(of: ":") else { return .word(word) }
    let value = String(word[word.index(after: colon)...])
    switch word[..<colon].lowercased() {
    case "path": return .path(value)
    case "file": return .file(value)
    case "ext": return .fileExtension(value)
    case "repo": return .repository(value)
    case "proj": return .project(value)
    default: return .word(word)
    }
  }

  /// Whether a repository can have hits at all.
  func allows(project: String, repository: String) -> Bool {
    let isNamed = terms.allSatisfy { term in
      switch term {
      case .project(let pattern): Self.matches(project, pattern)
      case .repository(let pattern): Self.matches(repository, pattern)
      default: true
      }
    }
    return isNamed && passes("Project", project) && passes("Repository", repository)
  }

  func allows(branch: String) -> Bool { passes("Branch", branch) }

  private func passes(_ filter: String, _ value: String) -> Bool {
    guard let allowed = filters[filter] else { return true }
    return allowed.contains { $0.lowercased() == value.lowercased() }
  }

  /// Whether a file of an allowed repository is a hit.
  func allows(path: String, content: [UInt8]) -> Bool {
    if let folders = filters["Path"], !folders.contains(where: { Self.isBelow(path, $0) }) { return false }
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return terms.allSatisfy { term in
      switch term {
      case .path(let pattern):
        Self.matches(path, pattern.hasPrefix("/") ? pattern : "/\(pattern)") || Self.isBelow(path, pattern)
      case .file(let pattern): Self.matches(name, pattern)
      case .fileExtension(let pattern):
        Self.matches(name.split(separator: ".").dropFirst().last.map(String.init) ?? "", pattern)
      case .word(let word):
        name.lowercased().contains(word.lowercased()) || !Self.places(of: word, in: content).isEmpty
      case .repository, .project: true
      }
    }
  }

  private static func isBelow(_ path: String, _ folder: String) -> Bool {
    let folder = folder.lowercased().split(separator: "/").joined(separator: "/")
    return folder.isEmpty || path.lowercased().hasPrefix("/\(folder)/")
  }

  /// Where a word stands in a content, in characters of ASCII, without regard to case.
  static func places(of word: String, in content: [UInt8]) -> [Int] {
    let text = String(decoding: content, as: UTF8.self).lowercased()
    return text.ranges(of: word.lowercased()).map { text.distance(from: text.startIndex, to: $0.lowerBound) }
  }

  /// Whether a text is of a form with `*` and `?`, without regard to case.
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let (text, pattern) = (Array(text.lowercased()), Array(pattern.lowercased()))
    var (place, wanted) = (0, 0)
    // Where the last star stood, and what it has taken in so far.
    var star: (pattern: Int, text: Int)?
    while place < text.count {
      if wanted < pattern.count, pattern[wanted] == "*" {
        star = (wanted, place)
        wanted += 1
      } else if wanted < pattern.count, pattern[wanted] == "?" || pattern[wanted] == text[place] {
        (place, wanted) = (place + 1, wanted + 1)
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        (place, wanted) = (last.text + 1, last.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == "*" }
  }
}
