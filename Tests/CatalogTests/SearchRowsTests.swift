import Catalog
import Testing

/// Search rows as Backstage makes them (facts/backstage-catalog.md 7.10).
struct SearchRowsTests {
  private func rows(_ json: String, uid: String? = "U1") -> [String] {
    SearchRows.of(json.utf8, uid: uid).rows.map {
      "\($0.key) = \($0.value ?? "NULL") (\($0.originalValue ?? "NULL"))"
    }
  }

  /// The rows of the given `spec`, which stand between the kind and the name.
  private func spec(_ json: String) -> [String] {
    rows("{\"spec\":\(json),\"metadata\":{\"name\":\"n\",\"namespace\":\"ns\"}}").dropLast(3)
  }

  @Test func `C164: the worked example, without its relations`() {
    let long = String(repeating: "z", count: 201)
    let json = """
      {"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"Web","namespace":"team-a","uid":"U1",
      "etag":"x","tags":["java","Go"],"labels":{"Tier":"Gold"},"links":[{"url":"https://A.b","title":"T"}],
      "description":null,"x":[]},"spec":{"type":"Service","ports":[80,443],"nested":{"flag":true},
      "deps":[{"name":"n1"},{"name":"n2"}],"long":"\(long)"},"relations":[{"type":"ownedBy"}]}
      """
    #expect(
      rows(json) == [
        "apiversion = backstage.io/v1alpha1 (backstage.io/v1alpha1)",
        "kind = component (Component)",
        "metadata.tags = java (java)",
        "metadata.tags.java = true (true)",
        "metadata.tags = go (Go)",
        "metadata.tags.go = true (true)",
        "metadata.labels.tier = gold (Gold)",
        "metadata.links.url = https://a.b (https://A.b)",
        "metadata.links.title = t (T)",
        "metadata.description = NULL (NULL)",
        "spec.type = service (Service)",
        "spec.ports = 80 (80)",
        "spec.ports = 443 (443)",
        "spec.nested.flag = true (true)",
        "spec.deps.name = n1 (n1)",
        "spec.deps.name = n2 (n2)",
        "spec.long = NULL (NULL)",
        "metadata.name = web (Web)",
        "metadata.namespace = team-a (team-a)",
        "metadata.uid = u1 (U1)",
      ]
    )
  }

  @Test func `C165: a key of 201 characters has no row, one of 200 has`() {
    let key = String(repeating: "k", count: 195)
    #expect(spec("{\"\(key)\":1}").count == 1)
    #expect(spec("{\"\(key)k\":1}") == [])
  }

  @Test func `C166: a value of 200 characters is searched, one of 201 is null`() {
    let value = String(repeating: "É", count: 200)
    #expect(spec("{\"x\":\"\(value)\"}") == ["spec.x = \(value.lowercased()) (\(value))"])
    #expect(spec("{\"x\":\"\(value)É\"}") == ["spec.x = NULL (NULL)"])
    #expect(spec("{\"x\":\"\(String(repeating: "\\u00C9", count: 201))\"}") == ["spec.x = NULL (NULL)"])
  }

  @Test func `C167: keys that differ by letter case are a conflict that is named`() {
    let rows = SearchRows.of(#"{"spec":{"owner":"o","Owner":"p","labels":{"a":1}}}"#.utf8, uid: nil)
    #expect(rows.conflicts == ["spec.owner"])
    #expect(SearchRows.of(#"{"spec":{"providesApis":["a"],"Type":"x"}}"#.utf8, uid: nil).conflicts == [])
  }

  @Test func `C167: the document is no entity, and the problem stands at the key`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: a}
      spec:
        type: service
        lifecycle: production
        owner: o
        Owner: p

      """
    let document = CatalogFile.read(Array(text.utf8)).documents[0]
    #expect(document.ref?.description == "component:default/a")
    #expect(document.problems.map(\.rule) == ["key-case"])
    #expect(document.problems.map(\.keyPath) == ["spec.owner"])
    #expect(document.problems.map(\.line) == [8])
    if case .entity = document.content { Issue.record("expected no entity") }
  }

  @Test func `C168: elements of a list that differ by letter case are no conflict and are there once`() {
    let json = #"{"spec":{"x":["Foo","foo"]}}"#
    #expect(SearchRows.of(json.utf8, uid: nil).conflicts == [])
    #expect(rows(json).prefix(2) == ["spec.x = foo (Foo)", "spec.x.foo = true (true)"])
    #expect(rows(json).count == 6)
  }

  @Test(
    "C169: scalars are their JSON text, null is a row, and what is empty is none",
    arguments: [
      ("true", ["spec.x = true (true)"]), ("7", ["spec.x = 7 (7)"]), ("-1.5e3", ["spec.x = -1.5e3 (-1.5e3)"]),
      ("null", ["spec.x = NULL (NULL)"]), ("{}", []), ("[]", []), ("\"\"", ["spec.x =  ()"]),
      ("[null]", ["spec.x = NULL (NULL)"]), ("[[1],[2]]", ["spec.x = 1 (1)", "spec.x = 2 (2)"]),
      (#""a\"\\\n\u00e9\ud83d\ude00""#, ["spec.x = a\"\\\né😀 (a\"\\\né😀)"]),
    ]
  )
  func scalars(_ json: String, _ expected: [String]) {
    #expect(spec("{\"x\":\(json)}") == expected)
  }

  @Test func `C170: without a namespace there is a null and a default`() {
    #expect(
      rows(#"{"metadata":{"name":"n"}}"#, uid: nil) == [
        "metadata.name = n (n)", "metadata.namespace = NULL (NULL)", "metadata.namespace = default (default)",
        "metadata.uid = NULL (NULL)",
      ]
    )
  }

  @Test func `what stands at a path that is left out is left out with all below it`() {
    let json = """
      {"attachments":[1],"relations":{"a":1},"status":{"items":[{"a":"}"}]},"metadata":{"etag":{"a":1},"name":"n",
      "namespace":"ns","Uid":"other"},"Status":"kept"}
      """
    #expect(
      rows(json) == [
        "metadata.uid = other (other)", "status = kept (kept)", "metadata.name = n (n)",
        "metadata.namespace = ns (ns)", "metadata.uid = u1 (U1)",
      ]
    )
  }

  @Test(
    "a text that is cut off is read to its end and no further",
    arguments: [
      "", "{", "{\"a", "{\"a\":", "{\"a\":[", "{\"a\":\"\\", "{\"a\":\"\\u12", "[1,", "}", "\"", ":",
    ]
  )
  func cutOff(_ json: String) {
    _ = SearchRows.of(json.utf8, uid: nil)
    _ = ChangedPaths.between(Array(json.utf8), Array(json.utf8))
  }
}

/// What is said of a change.
struct ChangedPathsTests {
  @Test(
    "paths of keys whose value is another, or that only one has",
    arguments: [
      (#"{"a":1}"#, #"{"a":1}"#, []),
      (#"{"a":1}"#, #"{"a":2}"#, ["a"]),
      (#"{"spec":{"owner":"x","type":"t"}}"#, #"{"spec":{"type":"t","owner":"y"}}"#, ["spec.owner"]),
      (#"{"metadata":{"tags":["a","b"]}}"#, #"{"metadata":{"tags":["a"]}}"#, ["metadata.tags"]),
      (#"{"a":1,"c":{"d":1}}"#, #"{"b":1,"c":{"d":1,"e":2}}"#, ["a", "b", "c.e"]),
      (#"{"a":{}}"#, #"{"a":{"b":1}}"#, ["a", "a.b"]),
      (#"{"a":"é"}"#, #"{"a":"e\#u{301}"}"#, ["a"]),
      (#"{"a":{"b":"}"}}"#, #"{"a":{"b":"]"}}"#, ["a.b"]),
    ]
  )
  func paths(_ before: String, _ after: String, _ expected: [String]) {
    #expect(ChangedPaths.between(Array(before.utf8), Array(after.utf8)) == expected)
  }
}
