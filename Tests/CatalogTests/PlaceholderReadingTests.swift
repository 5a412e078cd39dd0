import Foundation
import Testing
import YAML

@testable import Catalog

/// Placeholders of a file whose other files are given (facts/backstage-catalog.md 3.1).
struct PlaceholderReadingTests {
  /// What a file comes to when every text in it that is no URL is an address beside `/c/`.
  private func read(_ text: String, files: [String: String], rounds: Int = 5) -> (
    file: CatalogFile, asked: [[String]]
  ) {
    let context = FileContext(
      address: "/c/catalog-info.yaml",
      type: .url,
      resolve: { text, base in
        guard !text.contains("://") else {
          return .failure(.init(rule: "target-host", message: "the host is not configured"))
        }
        let folder = base.prefix(through: base.lastIndex(of: "/") ?? base.startIndex)
        let path = text.hasPrefix("/") ? text : folder + text.replacing("./", with: "")
        return .success(FileAddress(text: path, host: "h", organization: "o"))
      }
    )
    var reader = CatalogFileReader(Array(text.utf8), context: context)
    var asked: [[String]] = []
    while !reader.neededFiles.isEmpty, asked.count < rounds {
      asked.append(reader.neededFiles)
      var found: [String: IncludedFile] = [:]
      for address in reader.neededFiles {
        found[address] =
          files[address].map { .content(Array($0.utf8)) }
          ?? .failed(rule: "placeholder-file", message: "the branch has no such file")
      }
      reader.include(found)
    }
    return (reader.read(), asked)
  }

  private func api(_ definition: String) -> String {
    """
    apiVersion: backstage.io/v1alpha1
    kind: API
    metadata: {name: web}
    spec:
      type: openapi
      lifecycle: production
      owner: team-a
      definition: \(definition)

    """
  }

  private func json(_ file: CatalogFile) -> String? {
    guard case .entity(let entity)? = file.documents.first?.content else { return nil }
    return String(decoding: entity.json, as: UTF8.self)
  }

  @Test func `C091: a text is the exact content of a file beside it`() {
    let (file, asked) = read(api("{$text: ./a.txt}"), files: ["/c/a.txt": "line \"one\"\n\ttwo\n"])

    #expect(asked == [["/c/a.txt"]])
    #expect(json(file)?.contains(#""definition":"line \"one\"\n\ttwo\n""#) == true)
    #expect(file.problems.isEmpty)
  }

  @Test func `C092: JSON and YAML give a value, which an API's definition must not be`() {
    for resolver in ["$json", "$yaml"] {
      let (file, _) = read(api("{\(resolver): ./a.json}"), files: ["/c/a.json": #"{"openapi": 3}"#])

      #expect(file.problems.map(\.rule) == ["type"])
      #expect(file.problems.map(\.keyPath) == ["spec.definition"])
      #expect(file.problems.map(\.line) == [8])
      #expect(json(file) == nil)
    }
  }

  @Test func `a value of another file stands where the placeholder stood`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata:
        name: web
        labels: {$json: ./labels.json}
        tags: {$yaml: ./tags.yaml}
      spec: {type: service, lifecycle: production, owner: {$text: ./owner}, extra: [1, {$yaml: ./null.yaml}]}
      """
    let (file, asked) = read(
      text,
      files: [
        "/c/labels.json": #"{"a": "b"}"#,
        "/c/tags.yaml": "- java\n- go\n", "/c/owner": "team-a", "/c/null.yaml": "# nothing\n",
      ]
    )

    #expect(asked == [["/c/labels.json", "/c/tags.yaml", "/c/owner", "/c/null.yaml"]])
    #expect(file.problems.isEmpty, "\(file.problems)")
    #expect(
      json(file)
        == #"{"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"web","labels":{"a":"b"},"#
        + #""tags":["java","go"],"namespace":"default"},"spec":{"type":"service","lifecycle":"production","#
        + #""owner":"team-a","extra":[1,null]}}"#
    )
    guard case .entity(let entity) = file.documents[0].content else { return }
    #expect(entity.relations.count == 2)
    #expect(entity.tags == ["java", "go"])
  }

  @Test(arguments: [
    ("{$yaml: ./a}", "a: 1\n---\nb: 2\n", "expected one document, got 2"),
    ("{$yaml: ./a}", "a: [", "the file is not one document of YAML"),
    ("{$json: ./a}", "{a: 1}", "the file is not JSON: line 1, column 2: expected a key in double quotes"),
    ("{$json: ./a}", #"{"a": 1, "a": 2}"#, "the key 'a' stands twice"),
    ("{$text: ./b}", "", "the branch has no such file"),
    ("{$text: 'https://example.com/x'}", "", "the host is not configured"),
    ("{$text: [a]}", "", "expected the address of a file as a string"),
    ("{$openapi: ./a}", "a: {$ref: './b#/x'}", "/c/b: the branch has no such file"),
    ("{$openapi: ./a}", "a: [", "the definition cannot be read"),
  ])
  func `C093, C094 and C098: a placeholder that cannot be resolved fails its entity and says why`(
    definition: String,
    content: String,
    message: String
  ) {
    let text = api(definition) + "---\n" + api("text").replacing("name: web", with: "name: other")
    let (file, _) = read(text, files: content.isEmpty ? [:] : ["/c/a": content])

    #expect(contents(file) == ["(api:default/web)", "api:default/other"])
    #expect(file.problems.count == 1)
    #expect(file.problems.first?.message.contains(message) == true, "\(file.problems)")
    #expect(file.problems.first?.keyPath == "spec.definition")
    #expect(file.problems.first?.line == 8)
  }

  @Test
  func `C095, C096 and C099: what is no placeholder stays, and what comes in is not looked through again`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata:
        name: web
        a: {$ref: x}
        b: {$text: ./x, other: 1}
        c: {$foo: 1, inside: {$text: ./x}}
        d: {$yaml: ./y}
      spec: {type: service, lifecycle: production, owner: team-a}
      """
    let (file, asked) = read(text, files: ["/c/y": "inner: {$text: ./x}\n"])

    #expect(asked == [["/c/y"]])
    #expect(file.problems.isEmpty)
    #expect(
      json(file)?.contains(
        #""a":{"$ref":"x"},"b":{"$text":"./x","other":1},"c":{"$foo":1,"inside":{"$text":"./x"}},"#
          + #""d":{"inner":{"$text":"./x"}}"#
      ) == true
    )
  }

  @Test func `C097: an element of a list may be a placeholder, and an alias of one is one file`() {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: web}
      spec:
        type: &t {$text: ./type}
        lifecycle: *t
        owner: team-a
        list: [{$text: ./type}, *t]
      """
    let (file, asked) = read(text, files: ["/c/type": "service"])

    #expect(asked == [["/c/type"]])
    #expect(json(file)?.contains(#""type":"service","lifecycle":"service""#) == true)
    #expect(json(file)?.contains(#""list":["service","service"]"#) == true)
  }

  @Test func `the name of an entity cannot come out of a file`() {
    let text = api("x").replacing("{name: web}", with: "{name: {$text: ./n}, namespace: {$text: ./n}}")
    let (file, asked) = read(text, files: ["/c/n": "web"])

    #expect(asked.isEmpty)
    #expect(file.problems.map(\.keyPath) == ["metadata.name", "metadata.namespace"])
  }

  @Test func `files beyond the limits are not read, and the placeholder says so`() {
    let count = CatalogFileReader.maxIncludedFiles + 1
    let references = (0..<count).map { "p\($0): {$ref: './f\($0)'}" }.joined(separator: "\n")
    var files = ["/c/a": references]
    for index in 0..<count { files["/c/f\(index)"] = "x: 1" }

    let (file, asked) = read(api("{$openapi: ./a}"), files: files)

    #expect(asked == [["/c/a"]])
    #expect(file.problems.map(\.rule) == ["placeholder-limit"])

    let large = String(repeating: "x", count: CatalogLimits().yaml.maxBytes + 1)
    let (second, _) = read(api("{$text: ./a}"), files: ["/c/a": large])
    #expect(second.problems.map(\.rule) == ["placeholder-limit"])
  }

  // MARK: - Definitions of several files

  private func bundle(_ files: [String: String]) -> (text: String?, problems: [String]) {
    let (file, _) = read(api("{$openapi: ./root.yaml}"), files: files)
    guard case .entity(let entity)? = file.documents.first?.content else {
      return (nil, file.problems.map(\.message))
    }
    let json = try? JSONSerialization.jsonObject(with: Data(entity.json)) as? [String: Any]  // Nil fails.
    return ((json?["spec"] as? [String: Any])?["definition"] as? String, [])
  }

  @Test func `a definition of one file stays as it is written`() {
    let text = "openapi: 3.0.0 # comment\na: {$ref: '#/b'}\nb: {$ref: 'https://example.com/x'}\n"

    #expect(bundle(["/c/root.yaml": text]).text == text)
  }

  @Test func `definitions that refer to each other end, and a second reference points to the first place`() {
    let (text, problems) = bundle([
      "/c/root.yaml":
        "a: {$ref: 'b.yaml#/x'}\nagain: {$ref: './b.yaml#/x'}\nlist: [{$ref: b.yaml#/y~1z}, 1]\n",
      "/c/b.yaml": "x: {self: {$ref: '#/x'}, back: {$ref: 'root.yaml#/a'}}\ny/z: {yes: no, n: 0o7, s: '1'}\n",
    ])

    #expect(problems.isEmpty)
    #expect(
      text == """
        a:
          self:
            "$ref": "#/a"
          back:
            "$ref": "#/a"
        again:
          "$ref": "#/a"
        list:
          - "yes": "no"
            "n": 0o7
            s: "1"
          - 1

        """
    )
  }

  @Test func `a reference that leads back to itself, or to nothing, fails the entity`() {
    #expect(
      bundle(["/c/root.yaml": "a: {$ref: 'b.yaml#/x'}", "/c/b.yaml": "x: {$ref: '#/y'}\ny: {$ref: '#/x'}"])
        .problems
        == ["$openapi './root.yaml': the definition cannot be read: the reference '#/x' leads back to itself"]
    )
    #expect(
      bundle(["/c/root.yaml": "a: {$ref: 'b.yaml#/x/1'}", "/c/b.yaml": "x: [1]"]).problems
        == [
          "$openapi './root.yaml': the definition cannot be read: the reference 'b.yaml#/x/1' names nothing in /c/b.yaml"
        ]
    )
  }
}
