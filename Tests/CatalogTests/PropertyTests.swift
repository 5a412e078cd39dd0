import Catalog
import Foundation
import TestSupport
import Testing

/// What holds for every file, whatever is in it.
@Suite(.timeLimit(.minutes(1))) struct PropertyTests {
  private static let files = [
    """
    # A service and its API
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: ledger
      namespace: payments
      title: "Ledger \\u00e9\\U0001F680"
      labels: {tier: backend, "example.com/cost-center": "07"}
      annotations:
        backstage.io/techdocs-ref: dir:.
        note: |
          two
          lines
      tags: [java, c++, 'a:b']
      links:
        - {url: https://example.com:8080/a?b=c#d, title: Home, icon: web}
    spec: &spec
      type: service
      lifecycle: production
      owner: group:payments/core
      dependsOn: [resource:db, 'component:default/web']
      big: [0x7fffffffffffffffff, 0o17, -12345678901234567890, 1e400, .nan, -.inf, ~, 1.50, "\\0\\x1f"]
    ---
    apiVersion: backstage.io/v1alpha1
    kind: API
    metadata: {name: ledger}
    spec: {<<: *spec, type: openapi, lifecycle: x, owner: o, definition: {$text: ./openapi.yaml}}
    ...
    """,
    "kind: &k Group\r\napiVersion: backstage.io/v1alpha1\r\nmetadata: {name: *k, description: >-\r\n  a\r\n\r\n  b}\r\n"
      + "spec: {type: team, children: []}\r\n---\r\n# nothing\r\n--- !!map {1: 2, 1.0: 3, ~: é}\r\n",
    "- a\u{2028}b\n? - c\n: [d, {e: *f, ? g}]\n%TAG ! x\n--- !<tag:a> \"\\u263A\\\n  x\" \n... # é\n\u{FEFF}--- 'x''y'\n",
  ]

  @Test(arguments: 0..<20)
  func `random bytes`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<40 {
      let count = Int.random(in: 0...200, using: &random)
      try check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
  }

  @Test(arguments: files)
  func `a file that ends anywhere`(text: String) throws {
    let bytes = Array(text.utf8)

    for count in 0...bytes.count { try check(Array(bytes.prefix(count))) }
  }

  @Test(arguments: files, 0..<12)
  func `a file with bytes changed`(text: String, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<40 { try check(Self.mutated(Array(text.utf8), &random)) }
  }

  @Test(.enabled(if: SharedFolder.isPresent, "there is no ../shared here"))
  func `real files with bytes changed, cut off and joined`() throws {
    let folder = SharedFolder.path("catalogs")
    let found = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
    let files = try found.filter { $0.hasSuffix(".yaml") }.sorted().map {
      Array(try Data(contentsOf: folder.appending(path: $0)))
    }
    try #require(files.count > 50)
    var random = SplitMix64(seed: 1)
    for file in files {
      try check(file)
      // Only short ones: a debug build reads a few megabytes a second.
      let short = Array(file.prefix(3_000))
      for _ in 0..<4 {
        try check(Array(short.prefix(Int.random(in: 0...short.count, using: &random))))
        try check(Self.mutated(short, &random))
      }
      let other = files.randomElement(using: &random) ?? []
      try check(short + Array("\n---\n".utf8) + other.prefix(1_000))
    }
  }

  private static func mutated(_ file: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
    let pieces = [
      "\t", "\r", "\n", "\r\n", "\u{2028}", "\u{85}", "é", "\u{FEFF}", "---\n", "...\n", "'", "\"", "[", "{",
      "}", "]",
      ": ", "- ", "&a ", "*a", "!!int ", "|\n", ">-\n", "? ", "%", "#", "~", "0", "@", "$text", "<<",
    ]
    var bytes = file
    for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(index + Int.random(in: 1...40, using: &random), bytes.count)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(index..<end)
      case 2:
        bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &random))
      case 3: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      default: bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: index)
      }
    }
    return bytes
  }

  /// Reads the file twice and holds the verdict to what holds for all of them.
  private func check(_ bytes: [UInt8]) throws {
    let file = CatalogFile.read(bytes)

    let isSame = Self.verdict(on: file) == Self.verdict(on: CatalogFile.read(bytes))
    let isInside = file.problems.map { Self.isInside($0, bytes) }.allSatisfy(\.self)
    let isJSON = file.documents.allSatisfy { document in
      guard case .entity(let entity) = document.content else { return true }
      let json = try? JSONSerialization.jsonObject(with: Data(entity.json)) as? [String: Any]
      return json?["kind"] as? String == entity.kind && document.line >= 1
    }
    let isExplained = file.documents.allSatisfy { document in
      let hasError = document.problems.contains { $0.severity == .error }
      if case .entity = document.content { return !hasError }
      return !document.problems.isEmpty || !file.fileProblems.isEmpty
    }
    if !(isSame && isInside && isJSON && isExplained) {
      let text = String(decoding: bytes, as: UTF8.self).debugDescription
      Issue.record("same \(isSame), inside \(isInside), JSON \(isJSON), explained \(isExplained): \(text)")
    }
  }

  private static func verdict(on file: CatalogFile) -> [String] {
    file.documents.map { document in
      switch document.content {
      case .entity(let entity): "\(document.line) \(entity.ref) \(entity.etag) \(entity.relations.count)"
      case .invalid(let claimed): "\(document.line) \(claimed?.description ?? "?")"
      case .denied(let ref): "\(document.line) not allowed: \(ref)"
      }
    } + file.problems.map(\.description)
  }

  /// Whether a place is a character of the text or the end of one of its lines.
  private static func isInside(_ problem: Problem, _ bytes: [UInt8]) -> Bool {
    var text = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
    if text.first == "\u{FEFF}" { text = text.dropFirst() }
    var lengths = [0]
    var previous: Unicode.Scalar?
    for scalar in text {
      switch (previous, scalar) {
      case ("\r", "\n"): break
      case (_, "\n"), (_, "\r"): lengths.append(0)
      default: lengths[lengths.count - 1] += 1
      }
      previous = scalar
    }
    guard problem.line >= 1, problem.column >= 1, problem.line <= lengths.count else { return false }
    // Text that is not UTF-8 is counted up to its first wrong byte.
    return problem.column <= lengths[problem.line - 1] + 1
  }
}

/// The same numbers on every run.
private struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
