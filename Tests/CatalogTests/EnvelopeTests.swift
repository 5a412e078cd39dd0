import Catalog
import Testing

/// The envelope and metadata (facts/backstage-catalog.md 11.A).
@Suite struct EnvelopeTests {
  private static let x63 = String(repeating: "x", count: 63)

  @Test(
    arguments: [
      ("C001", document()),
      ("C007", document(metadata: "{name: A.b-c_D9}")),
      ("C008", document(metadata: "{name: a..b}")), ("C008", document(metadata: "{name: a--b}")),
      ("C010", document(metadata: "{name: \(x63)}")),
      ("C011", document(metadata: "{name: a, namespace: team-a}")),
      ("C011", document(metadata: "{name: a, namespace: a--b}")),
      ("C016", document(metadata: "{name: a, foo: {bar: [1]}}")),
      ("C017", document(metadata: "{name: a, uid: abc}")),
      ("C018", document(metadata: "{name: a, etag: abc}")),
      ("C020", document(metadata: "{name: a, title: ' '}")),
      ("C021", document(metadata: "{name: a, description: ''}")),
      ("C024", document(metadata: "{name: a, labels: {a: b, example.com/a: b, c: '', d: \(x63)}}")),
      ("C025", document(metadata: "{name: a, annotations: {a/b: '', c: 'any [text] é', d: \(x63)\(x63)}}")),
      ("C027", document(metadata: "{name: a, tags: [java, c++, 'c#', 'lang:go', a-b, '1:2', \(x63)]}")),
      ("C029", document(metadata: "{name: a, tags: []}")),
      ("C031", document(metadata: "{name: a, tags: [a, a]}")),
      ("C032", document(metadata: "{name: a, links: [{url: 'https://x'}, {url: 'mailto:a@b'}]}")),
      ("C032", document(metadata: "{name: a, links: [{url: 'https://x', type: any thing, extra: 1}]}")),
      ("C084", document(metadata: "{name: a, labels: {a: yes, b: '1', c: 2020-01-01}}")),
      ("C090", document(metadata: "{name: !foo a, title: !bar 7}")),
    ]
  )
  func `a document that keeps to the envelope is an entity`(number: String, text: String) {
    #expect(faults(text) == [], "\(number)")
    #expect(onlyEntity(text) != nil, "\(number)")
  }

  @Test(
    arguments: [
      (
        "C002", "kind: Component\nmetadata: {name: a}\nspec: {type: a, lifecycle: b, owner: c}",
        "missing at apiVersion"
      ),
      ("C003", document(apiVersion: "''"), "api-version-format at apiVersion"),
      ("C003", document(apiVersion: "1"), "type at apiVersion"),
      ("C004", "apiVersion: backstage.io/v1alpha1\nmetadata: {name: a}\nspec: {}", "missing at kind"),
      ("C004", document(kind: ""), "type at kind"),
      ("C005", "apiVersion: backstage.io/v1alpha1\nkind: Location\nspec: {}", "missing at metadata"),
      ("C005", document(metadata: "[a]"), "type at metadata"),
      ("C005", document(metadata: "{$yaml: ./a.yaml}"), "missing at metadata.name"),
      ("C006", document(metadata: "{title: a}"), "missing at metadata.name"),
      ("C006", document(metadata: "{name: ''}"), "metadata-name-format at metadata.name"),
      ("C006", document(metadata: "{name: 7}"), "type at metadata.name"),
      ("C006", document(metadata: "{name: {$text: ./name.txt}}"), "type at metadata.name"),
      ("C009", document(metadata: "{name: -a}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: a-}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: _a}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: a.}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: a/b}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: a b}"), "metadata-name-format at metadata.name"),
      ("C009", document(metadata: "{name: café}"), "metadata-name-format at metadata.name"),
      ("C010", document(metadata: "{name: \(x63)x}"), "metadata-name-format at metadata.name"),
      (
        "C011", document(metadata: "{name: a, namespace: Team}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C011", document(metadata: "{name: a, namespace: a_b}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C011", document(metadata: "{name: a, namespace: a.b}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C011", document(metadata: "{name: a, namespace: -a}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C011", document(metadata: "{name: a, namespace: a-}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C011", document(metadata: "{name: a, namespace: \(x63)x}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      (
        "C012", document(metadata: "{name: a, namespace: ''}"),
        "metadata-namespace-format at metadata.namespace"
      ),
      ("C012", document(metadata: "{name: a, namespace: }"), "type at metadata.namespace"),
      ("C013", document(more: "foo: 1"), "unknown-field at foo"),
      ("C014", document(more: "relations: []"), "unknown-field at relations"),
      ("C015", document(more: "status: {}"), "unknown-field at status"),
      ("C083", document(more: "<<: {a: b}"), "unknown-field at <<"),
      ("C017", document(metadata: "{name: a, uid: ''}"), "empty at metadata.uid"),
      ("C018", document(metadata: "{name: a, etag: ''}"), "empty at metadata.etag"),
      ("C019", document(metadata: "{name: a, title: ''}"), "empty at metadata.title"),
      ("C022", document(metadata: "{name: a, description: 5}"), "type at metadata.description"),
      ("C023", document(metadata: "{name: a, description: }"), "type at metadata.description"),
      (
        "C024", document(metadata: "{name: a, labels: {example.com/x/y: b}}"),
        "label-key-format at metadata.labels.example.com/x/y"
      ),
      (
        "C024", document(metadata: "{name: a, labels: {Example.com/a: b}}"),
        "label-key-format at metadata.labels.Example.com/a"
      ),
      ("C024", document(metadata: "{name: a, labels: {a: b c}}"), "label-value-format at metadata.labels.a"),
      ("C024", document(metadata: "{name: a, labels: {a: 1.0}}"), "type at metadata.labels.a"),
      ("C024", document(metadata: "{name: a, labels: {-a: b}}"), "label-key-format at metadata.labels.-a"),
      (
        "C024", document(metadata: "{name: a, labels: {a: \(x63)x}}"),
        "label-value-format at metadata.labels.a"
      ),
      ("C024", document(metadata: "{name: a, labels: }"), "type at metadata.labels"),
      (
        "C025", document(metadata: "{name: a, annotations: {a/b/c: x}}"),
        "annotation-key-format at metadata.annotations.a/b/c"
      ),
      ("C025", document(metadata: "{name: a, annotations: {a: true}}"), "type at metadata.annotations.a"),
      (
        "C025", document(metadata: "{name: a, annotations: {a b: x}}"),
        "annotation-key-format at metadata.annotations.a b"
      ),
      ("C026", document(metadata: "{name: a, annotations: [a]}"), "type at metadata.annotations"),
      ("C028", document(metadata: "{name: a, tags: [Java]}"), "tag-format at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: [a, a_b]}"), "tag-format at metadata.tags[1]"),
      ("C028", document(metadata: "{name: a, tags: [a--b]}"), "tag-format at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: [-a]}"), "tag-format at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: [a-]}"), "tag-format at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: ['']}"), "tag-format at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: [1]}"), "type at metadata.tags[0]"),
      ("C028", document(metadata: "{name: a, tags: [\(x63)x]}"), "tag-format at metadata.tags[0]"),
      ("C030", document(metadata: "{name: a, tags: }"), "type at metadata.tags"),
      ("C032", document(metadata: "{name: a, links: [{title: t}]}"), "missing at metadata.links[0].url"),
      (
        "C032", document(metadata: "{name: a, links: [{url: abc}]}"),
        "link-url-format at metadata.links[0].url"
      ),
      (
        "C032", document(metadata: "{name: a, links: [{url: 'https://x', title: ' '}]}"),
        "link-title-format at metadata.links[0].title"
      ),
      (
        "C032", document(metadata: "{name: a, links: [{url: 'https://x', icon: a b}]}"),
        "link-icon-format at metadata.links[0].icon"
      ),
      (
        "C032", document(metadata: "{name: a, links: [{url: 'https://x', type: ''}]}"),
        "empty at metadata.links[0].type"
      ),
      ("C032", document(metadata: "{name: a, links: [a]}"), "type at metadata.links[0]"),
      ("C033", "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}", "missing at spec"),
      ("C034", document(spec: ""), "type at spec"), ("C034", document(spec: "[]"), "type at spec"),
      ("C077", "hello", "root-type at "), ("C078", "- a", "root-type at "),
      ("C084", document(metadata: "{name: a, labels: {a: true}}"), "type at metadata.labels.a"),
      ("C084", document(metadata: "{name: a, labels: {a: 1}}"), "type at metadata.labels.a"),
    ]
  )
  func `a document that breaks a rule of the envelope is none, and says which`(
    number: String,
    text: String,
    fault: String
  ) {
    #expect(faults(text) == [fault], "\(number)")
    #expect(onlyEntity(text) == nil, "\(number)")
  }

  @Test func `every problem of a document is told, in the order of the text and at its place`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata:
        name: web
        tags:
          - good
          - Bad One
        labels: {x: 7}
      foo: 1
      spec:
        type: ''
        owner: a:/b
      """

    let problems = read(text).problems

    #expect(
      problems.map { "\($0.line):\($0.column) \($0.severity) \($0.rule) \($0.keyPath)" } == [
        "7:7 error tag-format metadata.tags[1]",
        "8:15 error type metadata.labels.x",
        "9:1 error unknown-field foo",
        "11:3 error missing spec.lifecycle",
        "11:9 error empty spec.type",
        "12:10 error entity-ref spec.owner",
      ]
    )
    #expect(
      problems.map(\.message) == [
        "expected 1 to 63 lower-case letters, digits, ':', '+' or '#' in parts joined by single '-', got 'Bad One'",
        "expected an empty string, or 1 to 63 letters, digits, '-', '_' or '.' with a letter or digit at both ends, "
          + "got the number '7'; put it in quotes to make it a string",
        "'foo' is unknown; expected apiVersion, kind, metadata and spec only",
        "'lifecycle' is required and missing",
        "expected a string that is not empty",
        "expected [kind:][namespace/]name, got 'a:/b', whose namespace is empty",
      ]
    )
  }

  @Test func `long and multi-line values are shown short and on one line`() throws {
    let text = document(metadata: "{name: a, tags: [\"a\\nb\(String(repeating: "c", count: 100))\"]}")

    let message = try #require(read(text).problems.first).message

    #expect(message.hasSuffix("got 'a b\(String(repeating: "c", count: 57))...'"))
  }

  @Test func `a document does not tell more problems than the limit`() {
    var limits = CatalogLimits()
    limits.maxProblems = 3
    let text = document(metadata: "{name: web, tags: [A, B, C, D, E]}")

    let problems = CatalogFile.read(Array(text.utf8), limits: limits).problems

    #expect(problems.map(\.rule) == ["tag-format", "tag-format", "tag-format", "more-problems"])
    #expect(problems.last?.message == "2 more problems of this document are not listed")
  }

  @Test(
    arguments: [
      (document(metadata: "{name: Web, tags: [A]}"), "(component:default/web)"),
      (document(apiVersion: "''", metadata: "{name: web, namespace: team}"), "(component:team/web)"),
      (document(kind: "Widget", spec: "7"), "(widget:default/web)"),
      // Who it is cannot be known.
      (document(metadata: "{name: web_}"), "(unknown)"), (document(kind: "My-Kind"), "(unknown)"),
      (document(metadata: "{name: web, namespace: Team}"), "(unknown)"),
      (document(metadata: "{title: web}"), "(unknown)"), (document(metadata: "web"), "(unknown)"),
      (document(kind: "7"), "(unknown)"), ("- a", "(unknown)"), ("a: [", "(unknown)"),
      ("a: 1\na: 2", "(unknown)"),
    ]
  )
  func `an invalid document says who it claims to be when that can be known`(text: String, claim: String) {
    #expect(contents(read(text)) == [claim])
  }
}
