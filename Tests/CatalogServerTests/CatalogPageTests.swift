import CatalogStore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import CatalogServer

/// Pages of `by-query` (facts/backstage-catalog.md C191 to C201).
@Suite("The catalog API: pages of entities")
struct CatalogPageTests {
  private static let letters = ["B", "F", "A", "G", "D", "C", "E"].map {
    CatalogWorld.entity("Component", $0)
  }

  @Test(
    "cursors lead on and back, in both orders (C191, C192)",
    arguments: [
      ("asc", [["A", "B"], ["C", "D"], ["E", "F"], ["G"]], ["E", "F", "G"]),
      ("desc", [["G", "F"], ["E", "D"], ["C", "B"], ["A"]], ["C", "B", "A"]),
    ]
  )
  func cursors(_ direction: String, _ expected: [[String]], _ third: [String]) async throws {
    // With a filter that leaves few they are collected, without one gone through.
    for filter in ["", "&filter=kind=component"] {
      try await CatalogWorld.run(Self.letters) { world async throws in
        var pages: [CatalogWorld.Page] = []
        var page = try await world.page("?orderField=metadata.name,\(direction)&limit=2\(filter)")
        while pages.count < 10 {
          pages.append(page)
          guard let next = page.next else { break }
          page = try await world.page("?cursor=\(next)&limit=2")
        }
        #expect(pages.map(\.names) == expected)
        #expect(pages.map(\.total) == [7, 7, 7, 7])
        #expect(pages.map { $0.previous != nil } == [false, true, true, true])
        #expect(pages.map { $0.next != nil } == [true, true, true, false])

        let second = try await world.page("?cursor=\(try #require(pages[2].previous))&limit=2")
        #expect(second.names == expected[1])
        let first = try await world.page("?cursor=\(try #require(second.previous))&limit=2")
        #expect(first.names == expected[0])
        #expect(first.previous == nil)
        #expect(first.next != nil)

        let longer = try await world.page("?cursor=\(try #require(pages[1].next))&limit=3")
        #expect(longer.names == third)
      }
    }
  }

  @Test("a cursor says how many there are: no page behind the first is counted again")
  func countedOnce() async throws {
    for query in ["?limit=2", "?orderField=metadata.name&limit=2", "?limit=2&filter=kind=component"] {
      try await CatalogWorld.run(Self.letters) { world async throws in
        let first = try await world.page(query)
        var cursor = try PageCursor(try #require(first.next))
        #expect(cursor.total == 7)
        cursor.total = 70
        let second = try await world.page("?cursor=\(cursor.text)&limit=2")
        #expect(second.names.count == 2)
        #expect(second.total == 70)
        #expect(try PageCursor(try #require(second.next)).total == 70)
      }
    }
  }

  @Test("the same name in several namespaces is neither lost nor doubled (C193)")
  func ties() async throws {
    let files =
      ["x", "y", "z", "w"].map { CatalogWorld.entity("Component", "AA", namespace: $0) }
      + [CatalogWorld.entity("Component", "CC"), CatalogWorld.entity("Component", "DD")]
    try await CatalogWorld.run(files) { world async throws in
      var names: [String] = []
      var page = try await world.page("?orderField=metadata.name,asc&limit=2")
      while names.count < 20 {
        names += page.names
        guard let next = page.next else { break }
        page = try await world.page("?cursor=\(next)&limit=2")
      }
      #expect(names == ["AA", "AA", "AA", "AA", "CC", "DD"])
    }
  }

  @Test("without an order pages are of all entities, each once, on and back")
  func byID() async throws {
    for filter in ["", "&filter=kind=component", "&filter=kind=component&filter=kind=api"] {
      try await CatalogWorld.run(Self.letters) { world async throws in
        var page = try await world.page("?limit=3\(filter)")
        var names = page.names
        var last = page
        while let next = page.next, names.count < 20 {
          page = try await world.page("?cursor=\(next)&limit=3")
          names += page.names
          last = page
        }
        #expect(names == ["B", "F", "A", "G", "D", "C", "E"])
        let back = try await world.page("?cursor=\(try #require(last.previous))&limit=3")
        #expect(back.names == ["G", "D", "C"])
      }
    }
  }

  @Test("limit 0 only counts (C194); it is 20 without one")
  func counts() async throws {
    let files = (10..<35).map { CatalogWorld.entity("Component", "c\($0)") }
    try await CatalogWorld.run(files) { world async throws in
      let answer = try await world.get("/entities/by-query?limit=0")
      #expect(answer.text == #"{"items":[],"totalItems":25,"pageInfo":{}}"#)
      #expect(try await world.page("").names.count == 20)
      let uncounted = try await world.page("?limit=2&totalItems=exclude")
      #expect(uncounted.names.count == 2)
      #expect(uncounted.total == 0)
      let offset = try await world.page("?limit=2&offset=24")
      #expect(offset.names == ["c34"])
      #expect(offset.next == nil)
    }
  }

  @Test(
    "what makes no sense is answered with 400 (C195, C196, C197)",
    arguments: [
      "?cursor=bad", "?limit=asdf", "?limit=-1", "?orderField=metadata.name,sideways", "?orderField=",
      "?order=asc:x",
      "?totalItems=some", "?cursor=", "?cursor=e30",
    ]
  )
  func malformed(_ query: String) async throws {
    try await CatalogWorld.run(Self.letters) { world async throws in
      #expect(try await world.page(query).names == ["status 400"])
    }
  }

  @Test("entities without the value come last either way, and no page loses them (C198)")
  func nulls() async throws {
    let files = [
      CatalogWorld.entity("Component", "AA"),
      CatalogWorld.entity("Component", "BB", metadata: "title: YY"),
      CatalogWorld.entity("Component", "CC", metadata: "title: XX"),
    ]
    for filter in ["", "&filter=kind=component"] {
      try await CatalogWorld.run(files) { world async throws in
        func all(_ direction: String) async throws -> [String] {
          var page = try await world.page("?orderField=metadata.title,\(direction)&limit=1\(filter)")
          var names = page.names
          while let next = page.next, names.count < 9 {
            page = try await world.page("?cursor=\(next)&limit=1")
            names += page.names
          }
          let back = try await world.page("?cursor=\(try #require(page.previous))&limit=2")
          return names + back.names
        }
        #expect(try await all("asc") == ["CC", "BB", "AA", "CC", "BB"])
        #expect(try await all("desc") == ["BB", "CC", "AA", "BB", "CC"])
      }
    }
  }

  @Test("an order by a key with several values has each entity once")
  func severalValues() async throws {
    let files = [
      CatalogWorld.entity("Component", "p", metadata: "tags: [c, a]"),
      CatalogWorld.entity("Component", "q", metadata: "tags: [b, d]"),
      CatalogWorld.entity("Component", "r"),
    ]
    for filter in ["", "&filter=kind=component"] {
      try await CatalogWorld.run(files) { world async throws in
        let up = try await world.page("?orderField=metadata.tags\(filter)")
        #expect(up.names == ["p", "q", "r"])
        #expect(up.total == 3)
        #expect(try await world.page("?orderField=metadata.tags,desc\(filter)").names == ["q", "p", "r"])
      }
    }
  }

  @Test("texts are found within values (C199, C200, C201)")
  func fullText() async throws {
    let files =
      ["lion", "cat", "atcatss", "dog", "dogcat"].map { CatalogWorld.entity("Component", $0) } + [
        CatalogWorld.entity("Component", "queen", metadata: "title: The King's"),
        CatalogWorld.entity(
          "Component",
          "camel",
          spec: "type: t, lifecycle: l, owner: o, shouldSearchCamelCase: Hidden"
        ),
        CatalogWorld.entity("Component", "hundred", metadata: "title: 100% sure"),
      ]
    try await CatalogWorld.run(files) { world async throws in
      #expect(
        try await world.page("?fullTextFilterTerm=cAt%20&orderField=metadata.name,asc").names
          == ["atcatss", "cat", "dogcat"]
      )
      #expect(
        try await world.page("?fullTextFilterFields=metadata.title,metadata.name&fullTextFilterTerm=king")
          .names
          == ["queen"]
      )
      #expect(
        try await world.page("?fullTextFilterFields=spec.shouldSearchCamelCase&fullTextFilterTerm=hidd").names
          == ["camel"]
      )
      // No wildcards: people look for what they write.
      #expect(
        try await world.page("?fullTextFilterFields=metadata.title&fullTextFilterTerm=0%25").names == [
          "hundred"
        ]
      )
      let combined = try await world.page(
        "?fullTextFilterTerm=dog&fullTextFilterFields=metadata.name&filter=kind=component&limit=1"
      )
      #expect(combined.total == 2)
      let next = try await world.page("?cursor=\(try #require(combined.next))&limit=1")
      #expect(combined.names + next.names == ["dog", "dogcat"])
    }
  }

  @Test(
    "predicates mean what their operators say",
    arguments: [
      ("{}", ["n1", "n2", "n3"]), (#"{"kind":"component"}"#, ["n1", "n2"]),
      (#"{"$not":{"kind":"component"}}"#, ["n3"]),
      (#"{"spec.b":{"$exists":true}}"#, ["n2", "n3"]), (#"{"spec.b":{"$exists":false}}"#, ["n1"]),
      (#"{"spec.a":{"$in":["foo","nothing"]}}"#, ["n1"]), (#"{"metadata.tags":{"$contains":"GO"}}"#, ["n2"]),
      (#"{"spec.b":{"$hasPrefix":"lon"}}"#, ["n2"]), (#"{"$all":[]}"#, []), (#"{"$any":[]}"#, []),
      (#"{"$any":[{"spec.b":"only"},{"spec.a":"foo"}]}"#, ["n1", "n3"]),
      (#"{"$all":[{"kind":"component"},{"$not":{"spec.a":"foo"}}]}"#, ["n2"]),
      ("[]", ["status 400"]), (#"{"$nor":[]}"#, ["status 400"]),
      (#"{"kind":{"$exists":"x"}}"#, ["status 400"]),
      (#"{"kind":null}"#, ["status 400"]), (#"{"kind":{}}"#, ["status 400"]),
    ]
  )
  func predicates(_ query: String, _ expected: [String]) async throws {
    try await CatalogWorld.run(CatalogFilterTests.three) { world async throws in
      let body = "{\"query\":\(query),\"orderField\":[\"metadata.name,asc\"],\"limit\":2}"
      let answer = try await world.post("/entities/by-query", body)
      guard answer.status == .ok else {
        #expect(["status \(answer.status.code)"] == expected)
        return
      }
      let page = try CatalogWorld.Page(answer.json)
      #expect(page.names == Array(expected.prefix(2)))
      #expect(page.total == expected.count)
      guard let next = page.next else { return }
      let rest = try await world.post("/entities/by-query", "{\"cursor\":\"\(next)\",\"limit\":2}")
      #expect(try CatalogWorld.Page(rest.json).names == Array(expected.dropFirst(2)))
    }
  }
}
