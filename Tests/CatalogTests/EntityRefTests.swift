import Catalog
import Testing

/// References between entities (facts/backstage-catalog.md 1.6, 11.C).
@Suite struct EntityRefTests {
  @Test(
    arguments: [
      ("C063", "component:default/a", nil, "default", ["component", "default", "a"]),
      ("C064", "a", "Group", "ns1", ["group", "ns1", "a"]),
      ("C065", "user:jane", "Group", "team", ["user", "team", "jane"]),
      ("C066", "ns/a", "API", "default", ["api", "ns", "a"]),
      ("C067", "a:b:c", nil, "default", ["a", "default", "b:c"]),
      ("C068", "a/b:c", "group", "default", ["group", "a", "b:c"]),
      ("C069", "a:b/c/d", nil, "default", ["a", "b", "c/d"]),
      // More vectors of 1.6: the name is the rest, nothing is trimmed or decoded.
      ("1.6", "a:b/c", nil, "x", ["a", "b", "c"]), ("1.6", "b/c", "k", "x", ["k", "b", "c"]),
      ("1.6", "a:c", nil, "x", ["a", "x", "c"]),
      ("1.6", "c", "k", "x", ["k", "x", "c"]), ("1.6", "a/b/c", "k", "x", ["k", "a", "b/c"]),
      ("1.6", " a b%20 ", "k", "x", ["k", "x", " a b%20 "]), ("1.6", "É:Ä/ÖX", nil, "x", ["é", "ä", "öx"]),
      ("C146", "Group:Default/Team-A", nil, "x", ["group", "default", "team-a"]),
    ] as [(String, String, String?, String, [String])]
  )
  func `a text is read as a ref`(
    number: String,
    text: String,
    defaultKind: String?,
    defaultNamespace: String,
    parts: [String]
  ) throws {
    let ref = try EntityRef(text, defaultKind: defaultKind, defaultNamespace: defaultNamespace)

    #expect([ref.kind, ref.namespace, ref.name] == parts, "\(number)")
  }

  @Test(
    arguments: [
      ("C070", "", "expected [kind:][namespace/]name, got '', whose name is empty"),
      ("C070", ":a", "expected [kind:][namespace/]name, got ':a', whose kind is empty"),
      ("C070", "a:", "expected [kind:][namespace/]name, got 'a:', whose name is empty"),
      ("C070", "/a", "expected [kind:][namespace/]name, got '/a', whose namespace is empty"),
      ("C070", "a:/b", "expected [kind:][namespace/]name, got 'a:/b', whose namespace is empty"),
      ("C070", "a/", "expected [kind:][namespace/]name, got 'a/', whose name is empty"),
      ("1.6", ":b/c", "expected [kind:][namespace/]name, got ':b/c', whose kind is empty"),
    ]
  )
  func `an empty part is an error`(number: String, text: String, message: String) {
    #expect(throws: EntityRefError.self, "\(number)") { try EntityRef(text, defaultKind: "group") }
    do throws(EntityRefError) {
      _ = try EntityRef(text, defaultKind: "group")
    } catch {
      #expect(error.description == message, "\(number)")
    }
  }

  @Test func `C072 a kind that is neither given nor defaulted is an error`() {
    do throws(EntityRefError) {
      _ = try EntityRef("a")
      Issue.record("expected an error")
    } catch {
      #expect(error.description == "expected kind:[namespace/]name, got 'a', which names no kind")
    }
  }

  @Test func `C071 a ref is written in lower case with its namespace`() {
    #expect(EntityRef(kind: "Component", name: "Web").description == "component:default/web")
    #expect(EntityRef(kind: "API", namespace: "NS", name: "É").description == "api:ns/é")
    #expect(
      EntityRef(kind: "Component", name: "Web")
        == EntityRef(kind: "component", namespace: "Default", name: "wEB")
    )
  }

  @Test func `refs are in the order of their texts`() {
    let refs = ["b:a/a", "a:a/b", "a:a-a/a", "a-b:a/a", "a:a/a"].compactMap { try? EntityRef($0) }

    #expect(refs.sorted().map(\.description) == ["a-b:a/a", "a:a-a/a", "a:a/a", "a:a/b", "b:a/a"])
  }
}
