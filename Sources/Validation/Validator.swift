package import Catalog

/// What the files around a file say, as far as it is known here.
package protocol Surroundings {
  /// What a file is judged with; nil leaves placeholders and locations alone.
  ///
  /// - Parameter path: As it is in the report.
  func context(for path: String) -> FileContext?

  /// What a placeholder of a file takes in.
  ///
  /// - Parameters:
  ///   - address: As the file's context made it.
  ///   - path: The file.
  func include(_ address: String, in path: String) -> IncludedFile

  /// The paths of the files that a target of a Location stands for; empty when there are none, nil when that
  /// cannot be told.
  func files(of address: FileAddress, in path: String) -> [String]?
}

/// Judges files one after the other and makes the report.
package struct Validator {
  private let limits: CatalogLimits
  private let surroundings: (any Surroundings)?
  /// Files that Locations lead to, in the order they were found; some may have been added.
  private var led: [String] = []
  private var files: [FileReport] = []
  /// Where each entity was first seen.
  private var claims: [EntityRef: (path: String, line: Int)] = [:]

  /// - Parameters:
  ///   - limits: Those of the crawl that the verdicts are to be the same as.
  ///   - surroundings: Nil to judge each file by itself.
  package init(limits: CatalogLimits = .init(), surroundings: (any Surroundings)? = nil) {
    self.limits = limits
    self.surroundings = surroundings
  }

  /// The files that the Locations of the files so far lead to, and that were not asked for before, sorted.
  package mutating func takeLedFiles() -> [String] {
    let known = Set(files.map(\.path))
    defer { led = [] }
    return Set(led).subtracting(known).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What all files that were added came to.
  package var report: ValidationReport {
    ValidationReport(files: files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) })
  }

  /// Judges the content of a file.
  ///
  /// An entity that an earlier file has gets a warning, because a catalog keeps one of the two. Which one is
  /// decided by the crawls (the first claim stays), so the message names the other file and takes no side.
  ///
  /// - Parameters:
  ///   - path: What the file is called in the report. Files are added in the order of their paths, so that
  ///     the same files give the same warnings.
  ///   - isPartOfCatalog: False for a text that is no file of its own, such as the standard input: it may be
  ///     a newer state of a file that is there.
  package mutating func add(_ content: [UInt8], path: String, isPartOfCatalog: Bool = true) {
    let file = judge(content, path)
    var report = FileReport(path: path, problems: file.fileProblems.map { ReportedProblem($0, ref: nil) })
    for document in file.documents {
      report.problems += document.problems.map { ReportedProblem($0, ref: document.ref) }
      guard case .entity(let entity) = document.content else { continue }
      report.problems += follow(entity, in: path)
      report.entities.append(FileReport.EntityPlace(ref: entity.ref, line: entity.line))
      if isPartOfCatalog, let conflict = claim(entity, in: path) { report.problems.append(conflict) }
    }
    report.problems.complete(from: content)
    files.append(report)
  }

  /// Notes a file or folder that cannot be read.
  ///
  /// - Parameter reason: Words that end a sentence: "there is no such file".
  package mutating func add(unreadable path: String, reason: String) {
    let problem = ReportedProblem(severity: .error, rule: "unreadable", message: "cannot be read: \(reason)")
    files.append(FileReport(path: path, problems: [problem]))
  }

  /// The only place where a file is judged.
  private func judge(_ content: [UInt8], _ path: String) -> CatalogFile {
    var reader = CatalogFileReader(content, limits: limits, context: surroundings?.context(for: path))
    while let surroundings, !reader.neededFiles.isEmpty {
      var files: [String: IncludedFile] = [:]
      for address in reader.neededFiles { files[address] = surroundings.include(address, in: path) }
      reader.include(files)
    }
    return reader.read()
  }

  /// Notes the files that a Location leads to.
  ///
  /// - Returns: A problem for each target that has to be there and is not.
  private mutating func follow(_ entity: Entity, in path: String) -> [ReportedProblem] {
    guard let location = entity.location, let surroundings else { return [] }
    var problems: [ReportedProblem] = []
    for target in location.targets {
      guard case .success(let address) = target.address,
        let files = surroundings.files(of: address, in: path)
      else { continue }
      led += files
      guard files.isEmpty, location.isRequired else { continue }
      problems.append(
        ReportedProblem(
          severity: .error,
          rule: "target-absent",
          message: "there is no file '\(target.text)'",
          place: ReportedProblem.Place(line: target.line, column: target.column),
          keyPath: target.keyPath,
          ref: entity.ref
        )
      )
    }
    return problems
  }

  /// A warning when an earlier file has the entity.
  private mutating func claim(_ entity: Entity, in path: String) -> ReportedProblem? {
    guard let first = claims[entity.ref] else {
      claims[entity.ref] = (path, entity.line)
      return nil
    }
    let message =
      "\(entity.ref) also stands in \(first.path) at line \(first.line); a catalog keeps only one of them"
    return ReportedProblem(
      severity: .warning,
      rule: "duplicate-ref",
      message: message,
      place: ReportedProblem.Place(line: entity.line, column: entity.column),
      ref: entity.ref
    )
  }
}

extension [ReportedProblem] {
  /// Puts the problems in the order of their places and adds the lines that they are in.
  fileprivate mutating func complete(from content: [UInt8]) {
    guard !isEmpty else { return }
    // Swift's sort keeps the order of equal elements.
    sort { left, right in
      (left.place?.line ?? 0, left.place?.column ?? 0) < (right.place?.line ?? 0, right.place?.column ?? 0)
    }
    var reader = ExcerptReader(content)
    for index in indices {
      self[index].excerpt = self[index].place.map { reader.excerpt(line: $0.line, column: $0.column) }
    }
  }
}

extension ReportedProblem {
  fileprivate init(_ problem: Problem, ref: EntityRef?) {
    self.init(
      severity: problem.severity,
      rule: problem.rule,
      message: problem.message,
      place: Place(line: problem.line, column: problem.column),
      keyPath: problem.keyPath,
      ref: ref
    )
  }
}
