import Catalog
import Testing

/// Files that nobody writes; what counts is that reading them ends, does not crash, and that what is called an
/// entity is one.
@Suite(.timeLimit(.minutes(1))) struct HostileFileTests {
  private static let files = [
    """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata: {name: web, labels: {a: b}, tags: [x], links: [{url: 'https://x:80/', title: t}]}
    spec: {type: a, lifecycle: b, owner: 'group:x/y', dependsOn: [*a]}
    """,
    """
    apiVersion: backstage.io/v1alpha1
    kind: &k Group
    metadata:
      name: *k
      annotations: {"é\\t": ~}
    spec:
      children: [a, b/c, d:e]
      type: |
        team
      profile: {email: 7}
    ---
    apiVersion: scaffolder.backstage.io/v1beta3
    kind: Template
    metadata: {name: t, namespace: n}
    spec: {type: a, steps: [{action: b, if: true}], output: {links: [{url: x}], y: z}, parameters: {a: b}}
    """,
  ]

  private static let words = [
    "apiVersion", "kind", "metadata", "spec", "name", "namespace", "labels", "links", "url", "tags", "owner",
    "$text",
    "backstage.io/v1alpha1", "Component", "API", "User", "Template", "a:b/c", "https://x", "7", "~", "true",
    "''", "é",
  ]

  @Test(arguments: 0..<40)
  func `random bytes`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let count = Int.random(in: 0...300, using: &random)
      check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
  }

  @Test(arguments: files)
  func `a file cut off anywhere`(text: String) {
    let bytes = Array(text.utf8)

    for count in 0...bytes.count { check(Array(bytes.prefix(count))) }
  }

  @Test(arguments: files, 0..<30)
  func `a file with bytes changed`(text: String, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      var bytes = Array(text.utf8)
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(contentsOf: bytes[index...].prefix(30), at: index)
        default:
          bytes.replaceSubrange(
            index..<(index + 1),
            with: Array(Self.words.randomElement(using: &random) ?? "").flatMap(\.utf8)
          )
        }
      }
      check(bytes)
    }
  }

  @Test(arguments: 0..<40)
  func `random trees of the words of the format`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 { check(Array(Self.tree(depth: 4, &random).utf8)) }
  }

  private static func tree(depth: Int, _ random: inout SeededGenerator) -> String {
    let count = Int.random(in: 0...6, using: &random)
    switch depth == 0 ? 2 : Int.random(in: 0..<4, using: &random) {
    case 0: return "[\((0..<count).map { _ in tree(depth: depth - 1, &random) }.joined(separator: ", "))]"
    case 1, 3:
      let pairs = words.shuffled(using: &random).prefix(count).map {
        "\"\($0)\": \(tree(depth: depth - 1, &random))"
      }
      return "{\(pairs.joined(separator: ", "))}"
    default: return words.randomElement(using: &random) ?? ""
    }
  }

  @Test func `a file of many documents with many problems tells each document's first`() {
    let document = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: web, tags: [\(repeatElement("A", count: 200).joined(separator: ","))]}
      spec: {type: service, lifecycle: production, owner: team-a}

      """
    let file = CatalogFile.read(Array(repeatElement(document, count: 999).joined(separator: "---\n").utf8))

    #expect(file.documents.count == 999)
    #expect(file.documents.allSatisfy { !$0.problems.isEmpty })
    #expect(file.documents[0].problems.count == 101)
    #expect(file.documents[998].problems.map(\.rule) == ["tag-format", "more-problems"])
    #expect(file.problems.count < 3_100)
  }

  private func check(_ bytes: [UInt8]) {
    let file = CatalogFile.read(bytes)
    for document in file.documents {
      switch document.content {
      case .entity(let entity):
        #expect(!document.problems.contains { $0.severity == .error })
        #expect(entity.ref.description == "\(entity.kind):\(entity.namespace)/\(entity.name)".lowercased())
        #expect(entity.json.first == UInt8(ascii: "{"))
        #expect(entity.relations.count <= entity.json.count)
      case .invalid, .denied:
        #expect(!document.problems.isEmpty || !file.fileProblems.isEmpty)
      }
    }
    #expect(file.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 })
  }
}

/// The same numbers on every run (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
