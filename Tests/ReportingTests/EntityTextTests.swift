import Foundation
import Reporting
import Testing
import YAML

/// Entities as texts that stay the same.
struct EntityTextTests {
  private let json = #"""
    {"kind":"API","apiVersion":"v1","spec":{"z":[1,1.50,{"b":[],"a":{}}],"definition":"a: 1\nb: 'x'\n","n":null,"t":true},"metadata":{"uid":"old","name":"a","etag":"old","tags":["no","yes"]},"relations":"own"}
    """#

  @Test func `JSON has sorted keys and what the catalog adds`() throws {
    let text = try #require(EntityText(json: json))
    let additions = EntityText.Additions(
      uid: "u",
      etag: "e",
      relations: [(type: "ownedBy", target: "group:default/a")]
    )

    #expect(
      text.json(adding: additions)
        == #"{"apiVersion":"v1","kind":"API","metadata":{"etag":"e","name":"a","tags":["no","yes"],"uid":"u"},"relations":[{"targetRef":"group:default/a","type":"ownedBy"}],"spec":{"definition":"a: 1\nb: 'x'\n","n":null,"t":true,"z":[1,1.5,{"a":{},"b":[]}]}}"#
    )
  }

  @Test func `YAML reads back as what it was`() throws {
    let text = try #require(EntityText(json: json))

    let lines = text.yaml.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let expected = #"""
      apiVersion: v1
      kind: API
      metadata:
        etag: old
        name: a
        tags:
          - "no"
          - "yes"
        uid: old
      relations: own
      spec:
        definition: "a: 1\nb: 'x'\n"
        "n": null
        t: true
        z:
          - 1
          - 1.5
          - a: {}
            b: []

      """#
    #expect(lines == expected.components(separatedBy: "\n"))
    #expect(try Self.canonical(yaml: text.yaml) == Self.canonical(json: json))
  }

  @Test(arguments: [
    #"{"a":"\u001b\u007f\u0085\u2028\ufeff é 😀"}"#, ##"{"a b":"- x","":"#","x:":": ","0x1":"0x1","~":"~"}"##,
    #"{"a":[[1,[2]],[{"b":1},{"c":[{"d":2}]}]]}"#, #"{"a":"line\r\n\ttab \\ \" end "}"#,
    #"{"a":1e300,"b":-0,"c":12345678901234567890}"#,
  ])
  func `whatever JSON holds, its YAML reads back the same`(json: String) throws {
    let text = try #require(EntityText(json: json))

    #expect(try Self.canonical(yaml: text.yaml) == Self.canonical(json: json))
  }

  @Test func `what is no JSON is none`() { #expect(EntityText(json: "{") == nil) }

  private static let plain = EntityText.Additions(uid: nil, etag: "", relations: [])

  private static func canonical(json: String) throws -> String {
    try #require(EntityText(json: json)).json(adding: plain)
  }

  private static func canonical(yaml: String) throws -> String {
    guard case .document(let document)? = YAMLReader.read(Array(yaml.utf8)).first else {
      Issue.record("the YAML cannot be read: \(yaml)")
      return ""
    }
    var json: [UInt8] = []
    document.withRoot { $0.appendJSON(to: &json) }
    return try canonical(json: String(decoding: json, as: UTF8.self))
  }
}
