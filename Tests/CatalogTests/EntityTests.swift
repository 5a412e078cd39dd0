import Catalog
import Testing

/// What is taken over from a document.
@Suite struct EntityTests {
  private static let text = """
    ---
    # The shop
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: Web.Shop
      title: The "Shop"
      description: >
        Sells
        things
      labels: {tier: gold, example.com/empty: ''}
      annotations: {b: '1', a: 'x'}
      tags: [java, c++, java]
      links:
        - url: https://example.com/a
          title: Docs
          icon: docs
          type: guide
        - {url: 'mailto:a@b'}
      rank: 1.50
    spec: {type: service, lifecycle: production, owner: Team-A, system: shop, domain: d, extra: [0x10, ~, yes]}
    """

  @Test func `an entity has what its document says`() throws {
    let entity = try #require(onlyEntity(Self.text))

    #expect(entity.ref.description == "component:default/web.shop")
    #expect(entity.apiVersion == "backstage.io/v1alpha1")
    #expect([entity.kind, entity.namespace, entity.name] == ["Component", "default", "Web.Shop"])
    #expect(entity.title == "The \"Shop\"")
    #expect(entity.description == "Sells things\n")
    #expect(
      [entity.type, entity.lifecycle, entity.owner, entity.system, entity.domain] == [
        "service", "production", "Team-A", "shop", "d",
      ]
    )
    #expect(entity.tags == ["java", "c++", "java"])
    #expect(entity.labels.map(\.key) == ["tier", "example.com/empty"])
    #expect(entity.labels.map(\.value) == ["gold", ""])
    #expect(entity.annotations.map { "\($0.key)=\($0.value)" } == ["b=1", "a=x"])
    #expect(
      entity.links == [
        .init(url: "https://example.com/a", title: "Docs", icon: "docs", type: "guide"),
        .init(url: "mailto:a@b"),
      ]
    )
    #expect([entity.line, entity.column] == [3, 1])
  }

  @Test func `the JSON is the whole document, with the namespace filled in`() throws {
    let entity = try #require(onlyEntity(Self.text))

    #expect(
      String(decoding: entity.json, as: UTF8.self)
        == #"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","#
        + #""metadata":{"name":"Web.Shop","title":"The \"Shop\"","description":"Sells things\n","#
        + #""labels":{"tier":"gold","example.com/empty":""},"annotations":{"b":"1","a":"x"},"tags":["java","c++","java"],"#
        + #""links":[{"url":"https://example.com/a","title":"Docs","icon":"docs","type":"guide"},{"url":"mailto:a@b"}],"#
        + #""rank":1.5,"namespace":"default"},"spec":{"type":"service","lifecycle":"production","owner":"Team-A","#
        + #""system":"shop","domain":"d","extra":[16,null,"yes"]}}"#
    )
  }

  @Test func `a namespace that is there stays where it is`() throws {
    let entity = try #require(onlyEntity(document(metadata: "{namespace: team, name: web}")))

    #expect(entity.namespace == "team")
    #expect(entity.ref.description == "component:team/web")
    #expect(
      String(decoding: entity.json, as: UTF8.self).contains(#""metadata":{"namespace":"team","name":"web"}"#)
    )
  }

  @Test func `the etag is the SHA-1 of the JSON, or the one of the document`() throws {
    // printf '%s' '{"apiVersion":...}' | sha1sum
    let hashed = try #require(onlyEntity(document(kind: "Location", spec: "{}")))
    #expect(
      String(decoding: hashed.json, as: UTF8.self)
        == #"{"apiVersion":"backstage.io/v1alpha1","kind":"Location","metadata":{"name":"web","namespace":"default"},"spec":{}}"#
    )
    #expect(hashed.etag == "eece036ff11204359a5f5627ecf0e115e07dbe69")
    #expect(onlyEntity(document(metadata: "{name: web, etag: abc}"))?.etag == "abc")
  }

  @Test func `fields that are no strings and placeholders are not taken as texts`() throws {
    let text = document(
      kind: "Widget",
      metadata: "{name: a, title: {$text: ./a.txt}}",
      spec: "{type: 7, owner: [a]}"
    )
    let entity = try #require(onlyEntity(text))

    #expect(entity.title == nil)
    #expect(entity.description == nil)
    #expect([entity.type, entity.owner, entity.system] == [nil, nil, nil])
    #expect(entity.tags.isEmpty)
    #expect(entity.labels.isEmpty)
  }

  @Test func `aliases count as what they stand for`() throws {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: System
      metadata: &m {name: &n a, tags: [*n]}
      spec: {owner: *n, copy: *m}
      """
    let entity = try #require(onlyEntity(text))

    #expect(entity.owner == "a")
    #expect(entity.tags == ["a"])
    #expect(
      String(decoding: entity.json, as: UTF8.self).hasSuffix(
        #""metadata":{"name":"a","tags":["a"],"namespace":"default"},"spec":{"owner":"a","copy":{"name":"a","tags":["a"]}}}"#
      )
    )
  }
}
