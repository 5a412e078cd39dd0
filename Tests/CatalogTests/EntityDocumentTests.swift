import Catalog
import Testing

/// What the catalog adds to a document, and what of it is asked for (facts/backstage-catalog.md 7.8, 9.5).
@Suite("Documents of entities as they are answered")
struct EntityDocumentTests {
  private func text(_ json: String, _ additions: EntityAdditions) -> String {
    var text: [UInt8] = []
    Array(json.utf8).withUnsafeBufferPointer { EntityDocument.append($0, additions, to: &text) }
    return String(decoding: text, as: UTF8.self)
  }

  @Test("uid, etag and relations are added")
  func additions() {
    #expect(
      text(#"{"kind":"A","metadata":{"name":"n"},"spec":{}}"#, EntityAdditions(uid: "u", etag: "e"))
        == #"{"kind":"A","metadata":{"name":"n","uid":"u","etag":"e"},"spec":{},"relations":[]}"#
    )
  }

  @Test("what the document has under these names gives way, but for its own etag")
  func replaced() {
    let json = #"{"relations":[1],"metadata":{"etag":"own","uid":"x","name":"n"},"status":{"a":"}"}}"#
    let status = EntityAdditions(uid: "u", etag: "e", statusItems: Array(#"{"x":1}"#.utf8))
    #expect(
      text(json, status)
        == #"{"metadata":{"etag":"own","name":"n","uid":"u"},"relations":[],"status":{"items":[{"x":1}]}}"#
    )
  }

  @Test("an orphan gets its annotation, whatever annotations there are")
  func orphans() {
    let orphan = EntityAdditions(etag: "e", isOrphan: true)
    for (annotations, expected) in [
      (#","annotations":{"a":"b"}"#, #""annotations":{"a":"b","backstage.io/orphan":"true"}"#),
      (#","annotations":{}"#, #""annotations":{"backstage.io/orphan":"true"}"#),
      ("", #""annotations":{"backstage.io/orphan":"true"}"#),
    ] {
      #expect(text(#"{"metadata":{"name":"n"\#(annotations)}}"#, orphan).contains(expected))
    }
  }

  @Test("the etag changes with everything that is seen")
  func etags() {
    let json = #"{"metadata":{}}"#
    let texts = [
      EntityAdditions(etag: "e"), EntityAdditions(etag: "e", isOrphan: true),
      EntityAdditions(etag: "e", relations: Array("1".utf8)),
      EntityAdditions(etag: "e", statusItems: Array("1".utf8)),
      EntityAdditions(etag: "f", statusItems: Array("1".utf8)),
    ].map { additions in
      let text = self.text(json, additions)
      return String(text.split(separator: #""etag":""#).last?.prefix(40) ?? "")
    }
    #expect(Set(texts).count == texts.count)
  }

  @Test(
    "fields are found by the shortest keys that are there (C189)",
    arguments: [
      ("kind", #"{"kind":"A"}"#), ("metadata.name", #"{"metadata":{"name":"n"}}"#),
      ("metadata.annotations.example.com/k", #"{"metadata":{"annotations":{"example.com/k":"v"}}}"#),
      ("spec.a.zzz", "{}"), ("spec.list.0", "{}"), ("spec.none", #"{"spec":{"none":null}}"#),
      ("nothing", "{}"),
      ("metadata,metadata.name", #"{"metadata":{"name":"n","annotations":{"example.com/k":"v"}}}"#),
      ("metadata.name,kind,metadata.none", #"{"metadata":{"name":"n"},"kind":"A"}"#),
      ("spec.x.y", #"{"spec":{"x.y":1}}"#), (" kind , ", #"{"kind":"A"}"#),
      ("spec.q\"", #"{"spec":{"q\"":2}}"#),
    ]
  )
  func projection(_ fields: String, _ expected: String) throws {
    let json = #"""
      {"kind":"A","metadata":{"name":"n","annotations":{"example.com/k":"v"}},"spec":{"a":"t","list":[1],"none":null,"x.y":1,"q\"":2}}
      """#
    let projection = try #require(try FieldProjection(fields.split(separator: ",").map(String.init)))
    var text: [UInt8] = []
    Array(json.utf8).withUnsafeBufferPointer { projection.append($0, to: &text) }
    #expect(String(decoding: text, as: UTF8.self) == expected)
  }

  @Test("no field is everything, and a bracket is refused")
  func fields() throws {
    #expect(try FieldProjection(["", " "]) == nil)
    #expect(throws: FieldProjectionError.self) { try FieldProjection(["tags[0]"]) }
  }
}
