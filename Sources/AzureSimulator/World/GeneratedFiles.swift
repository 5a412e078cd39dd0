/// The files of one repository of a generated world, written only when they are asked for.
struct GeneratedFiles: Sendable, Equatable {
  /// The repository's number in its organization, from 1.
  var number: Int
  var organization: String
  var seed: UInt64
  /// Documents in the catalog file; 0: the repository has no catalog file.
  var documents: Int

  /// Path to content; every repository has a read-me, so none is empty.
  var files: [String: World.File] {
    var files: [String: World.File] = [
      "/README.md": "# \(name)\n\nOne of the repositories of \(organization).\n"
    ]
    if documents > 0 { files["/catalog-info.yaml"] = .init(bytes: catalogFile.utf8) }
    return files
  }

  /// What the repository list gives as `size`: grows with the number of documents.
  var estimatedByteCount: Int { 60 + documents * 520 }

  /// The repository's name, which the entities' names begin with.
  var name: String { Self.name(number: number) }

  static func name(number: Int) -> String {
    "service-\(String(repeating: "0", count: max(0, 6 - "\(number)".count)))\(number)"
  }

  /// One component and `documents - 1` further entities that belong to it, about 500 bytes each.
  private var catalogFile: String {
    var random = SeededGenerator(seed: seed ^ UInt64(number) &* 0x9E37_79B9_7F4A_7C15)
    var text = component(&random)
    for extra in 1..<max(documents, 1) { text += further(extra, &random) }
    return text
  }

  private func component(_ random: inout SeededGenerator) -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: \(organization)-\(name)
      title: Service \(number) of \(organization)
      description: Keeps the \(Words.subject(&random)) of \(Words.area(&random)) and answers questions about them.
      tags:
        - \(Words.language(&random))
        - \(Words.area(&random))
      annotations:
        backstage.io/techdocs-ref: dir:.
      links:
        - url: https://dashboards.example.com/\(name)
          title: Dashboard
    spec:
      type: service
      lifecycle: \(random.next() % 10 == 0 ? "experimental" : "production")
      owner: team-\(random.next() % 50)
      system: system-\(random.next() % 200)
    \(documents > 1 ? "  providesApis:\n    - \(organization)-\(name)-api-1\n" : "")
    """
  }

  private func further(_ extra: Int, _ random: inout SeededGenerator) -> String {
    """
    ---
    apiVersion: backstage.io/v1alpha1
    kind: API
    metadata:
      name: \(organization)-\(name)-api-\(extra)
      description: What others may ask service \(number) about its \(Words.subject(&random)).
      tags:
        - rest
    spec:
      type: openapi
      lifecycle: production
      owner: team-\(random.next() % 50)
      definition: |
        openapi: 3.0.3
        info:
          title: \(name) \(extra)
          version: 1.\(random.next() % 20).0
        paths:
          /\(Words.subject(&random)):
            get:
              responses:
                "200":
                  description: The \(Words.subject(&random)) asked for.

    """
  }
}

/// Words that make generated entities differ.
private enum Words {
  static func subject(_ random: inout SeededGenerator) -> String {
    pick(["orders", "invoices", "parcels", "prices", "customers", "contracts", "meters", "claims"], &random)
  }

  static func area(_ random: inout SeededGenerator) -> String {
    pick(["shop", "billing", "logistics", "support", "finance", "energy", "insurance"], &random)
  }

  static func language(_ random: inout SeededGenerator) -> String {
    pick(["swift", "java", "go", "python", "rust", "csharp"], &random)
  }

  private static func pick(_ words: [String], _ random: inout SeededGenerator) -> String {
    words[Int(random.next() % UInt64(words.count))]
  }
}

/// A small generator whose numbers depend on the seed alone (SplitMix64, Steele, Lea and Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// The elements in an order that depends on the generator's state alone.
  ///
  /// Written here because the order of the standard library's shuffle is not promised to stay.
  mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
    var result = elements
    for place in result.indices.reversed() {
      result.swapAt(place, Int(next() % UInt64(place + 1)))
    }
    return result
  }
}
