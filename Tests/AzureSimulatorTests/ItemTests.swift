import Testing

@testable import AzureSimulator

@Suite struct ItemTests {
  private let asking = Asking(Sample.world)
  private let items = Sample.repository + "/items"

  @Test func `an item with content says blob, head commit and text`() throws {
    let answer = asking.get(
      "\(items)?path=/catalog-info.yaml&includeContent=true&$format=json&api-version=7.0"
    )

    let json = try #require(answer.json)
    #expect(answer.status == 200)
    #expect(json["objectId"]?.string == "8524aaf14a12f0fb7346501e6d6ac86270ba0ab5")
    #expect(json["commitId"]?.string == "3e34fb1b8a20c271454b4fb6138bb4c3b79d2477")
    #expect(json["content"]?.string == "kind: Component\n")
    #expect(json["path"]?.string == "/catalog-info.yaml")
    #expect(answer.header("Content-Type") == "application/json; charset=utf-8; api-version=7.0")
  }

  /// facts/azure-devops-api.md 2.3, "Negotiation".
  @Test(arguments: [
    ("", "*/*", "application/octet-stream"),
    ("", "", "application/octet-stream"),
    ("", "application/octet-stream", "application/octet-stream"),
    ("", "text/plain", "text/plain"),
    ("", "text/plain, application/json", "text/plain"),
    ("", "application/zip", "application/zip"),
    ("", "application/json;api-version=5.0", "application/json; charset=utf-8; api-version=5.0"),
    ("&$format=text", "application/json", "text/plain"),
    ("&$format=octetStream", "application/json", "application/octet-stream"),
    ("&$FORMAT=JSON", "*/*", "application/json; charset=utf-8; api-version=7.1"),
    ("&%24format=zip", "application/json", "application/zip"),
  ])
  func `the form follows the format, then the accepted types`(format: String, accept: String, type: String) {
    let answer = asking.get("\(items)?path=/catalog-info.yaml\(format)", ["accept": accept])

    #expect(answer.header("Content-Type") == type)
    if type.hasPrefix("text") || type.hasSuffix("octet-stream") {
      #expect(answer.text == "kind: Component\n")
    }
  }

  /// facts/azure-devops-api.md 2.3, 9.1, 9.3: dotted, plain, names in any case, numbers.
  @Test(arguments: [
    "versionDescriptor.version=dev", "version=dev", "VERSION=dev&versionType=Branch",
    "versionDescriptor.version=dev&versionDescriptor.versionType=0", "versiontype=branch&version=dev",
  ])
  func `a branch is named in each of the forms clients use`(version: String) {
    let answer = asking.get(
      "/contoso/Shop/_apis/git/repositories/branches/items?path=/f&$format=text&\(version)"
    )

    #expect(answer.text == "dev")
  }

  @Test func `a tag and a commit are versions too`() throws {
    let repository = "/contoso/Shop/_apis/git/repositories/branches/items?path=/f&$format=text"
    let head = try #require(
      asking.get("/contoso/Shop/_apis/git/repositories/branches/items?path=/f&version=dev").json?["commitId"]?
        .string
    )

    #expect(asking.get("\(repository)&versionType=tag&version=v1").text == "tag")
    #expect(asking.get("\(repository)&versionType=1&version=v1").text == "tag")
    #expect(asking.get("\(repository)&versionType=commit&version=\(head)").text == "dev")
    #expect(asking.get("\(repository)&versionType=2&version=\(head)").text == "dev")
  }

  @Test(arguments: [
    "/CONTOSO/SHOP/_APIS/GIT/REPOSITORIES/WEB/ITEMS?PATH=/catalog-info.yaml",
    "/contoso/Shop/_apis/git/repositories/web/items?path=catalog-info.yaml",
    "/contoso/Shop/_apis/git/repositories/web/items/catalog-info.yaml",
    "/contoso/Shop/_apis/git/repositories/web/items?path=%2Fcatalog-info.yaml",
    "/contoso/Shop/_apis/git/repositories/web/items?path=/Catalog-Info.YAML",
    "/contoso/_apis/git/Shop/repositories/web/items?path=/catalog-info.yaml",
  ])
  func `an item is found whatever the case and form of the address`(address: String) {
    #expect(asking.get(address).json?["path"]?.string == "/catalog-info.yaml")
  }

  @Test func `a repository id needs no project, and ids stand for every name`() throws {
    let web = try #require(
      Sample.world.repositoryID(organization: "CONTOSO", project: "shop", repository: "WEB")
    )
    let project = try #require(Sample.world.projectID(organization: "contoso", project: "shop"))

    #expect(asking.get("/contoso/_apis/git/repositories/\(web)/items?path=/a0").status == 200)
    #expect(
      asking.get("/contoso/\(project)/_apis/git/repositories/\(web.uppercased())/items?path=/a0").status
        == 200
    )
    #expect(
      asking.get("/contoso/_apis/git/repositories/web/items?path=/a0").typeKey
        == "GitRepositoryNotFoundException"
    )
  }

  @Test func `names with blanks, brackets, accents and dollar signs are decoded`() {
    let address = "/contoso/Second%20Project%20(%C3%A9)/_apis/git/repositories/%7Bt%7D$%20[1]/items?path=/f"

    #expect(asking.get(address, ["accept": ""]).text == "1")
  }

  @Test func `a folder is an item with its tree id and no content`() throws {
    let json = try #require(asking.get("\(items)?path=/a&includeContent=true").json)

    #expect(json["objectId"]?.string == "0a7c3911ad24d69c96fdb876faa4e181e369e72e")
    #expect(json["isFolder"] == .bool(true))
    #expect(json["content"] == nil)
  }

  @Test func `content metadata and symbolic links are told`() throws {
    let file = try #require(asking.get("\(items)?path=/catalog-info.yaml&includeContentMetadata=true").json)
    let link = try #require(asking.get("\(items)?path=/link").json)

    #expect(file["contentMetadata"]?.keys == ["encoding", "contentType", "fileName", "extension"])
    #expect(file["contentMetadata"]?["encoding"]?.number == 65001)
    #expect(link["isSymLink"] == .bool(true))
  }

  /// A byte order mark is taken away and wrong bytes are replaced, so the text no longer has the blob's id.
  @Test func `text that is not plain UTF-8 is transcoded`() {
    #expect(FileText.decoded([0xEF, 0xBB, 0xBF, 0x61]) == "a")
    #expect(FileText.decoded([0xFF, 0xFE, 0x61, 0x00, 0xE9, 0x00]) == "aé")
    #expect(FileText.decoded([0xFE, 0xFF, 0x00, 0x61]) == "a")
    #expect(FileText.decoded([0x61, 0xFF]) == "a\u{FFFD}")
  }

  /// facts/azure-devops-api.md 2.4: names in any case and the numbers the node client sends.
  @Test(arguments: [
    ("", ["/"]),
    ("&recursionLevel=none", ["/"]),
    ("&recursionLevel=0", ["/"]),
    ("&recursionLevel=oneLevel", ["/", "/a.b", "/a", "/a0", "/catalog-info.yaml", "/link", "/é f.txt"]),
    ("&recursionLevel=1&scopePath=/a", ["/a", "/a/b", "/a/run.sh"]),
    ("&recursionLevel=FULL&scopePath=/a", ["/a", "/a/b", "/a/b/c.txt", "/a/run.sh"]),
    ("&recursionLevel=120&scopePath=a", ["/a", "/a/b", "/a/b/c.txt", "/a/run.sh"]),
    ("&recursionLevel=full&scopePath=/a0", ["/a0"]),
  ])
  func `a list goes as far as its recursion level`(query: String, paths: [String]) throws {
    let answer = asking.get("\(items)?api-version=7.0\(query)")

    let json = try #require(answer.json)
    #expect(json.keys == ["count", "value"])
    #expect(json["value"]?.elements.map { $0["path"]?.string } == paths)
    #expect(json["count"]?.number == paths.count)
  }

  @Test func `a batch gives one list per descriptor`() throws {
    let body = """
      {"itemDescriptors": [{"path": "/a", "recursionLevel": "oneLevel"},
        {"path": "/a0", "version": "main", "versionType": 0, "recursionLevel": 0}]}
      """
    let answer = asking.post("\(Sample.repository)/itemsBatch?api-version=7.0", body)

    let lists = try #require(answer.json?["value"]).elements
    #expect(lists.map { $0.elements.map { $0["path"]?.string } } == [["/a", "/a/b", "/a/run.sh"], ["/a0"]])
  }

  @Test func `one missing path fails the batch with 400`() {
    let body = #"{"itemDescriptors": [{"path": "/a0"}, {"path": "/none"}]}"#
    let answer = asking.post("\(Sample.repository)/itemsbatch?api-version=7.0", body)

    #expect(answer.status == 400)
    #expect(answer.typeKey == "GitItemNotFoundException")
  }

  @Test func `only the option etags gives tags, and then 304 for a known one`() throws {
    let plain = asking.get("\(items)?path=/a0")
    let tagging = Asking(Sample.world, SimulatorOptions(etags: .honoured))
    let first = tagging.get("\(items)?path=/a0")
    let tag = try #require(first.header("ETag"))
    let second = tagging.get("\(items)?path=/a0", ["if-none-match": tag])
    let other = tagging.get("\(items)?path=/a0", ["if-none-match": "\"other\""])

    #expect(plain.header("ETag") == nil)
    #expect(tag == "\"fa7af8bf5fdd704f73beb3adc5612682a98e1af5\"")
    #expect(second.status == 304)
    #expect(second.wholeBody.isEmpty)
    #expect(other.status == 200)
  }

  @Test func `a service that ignores conditions gives tags and always the file`() throws {
    let ignoring = Asking(Sample.world, SimulatorOptions(etags: .ignored))
    let tag = try #require(ignoring.get("\(items)?path=/a0").header("ETag"))
    let second = ignoring.get("\(items)?path=/a0", ["if-none-match": tag])

    #expect(second.status == 200)
    #expect(second.header("ETag") == tag)
    #expect(!second.wholeBody.isEmpty)
  }

  /// Facts/azure-devops-api.md 9.4, point 6; the first bytes of RFC 1952.
  @Test func `only those who accept gzip get it, and only where the service sends it`() {
    let plain = Asking(Sample.world)
    let packing = Asking(Sample.world, SimulatorOptions(compresses: true))
    let item = "\(items)?path=/catalog-info.yaml&$format=json"
    let accepts = ["accept-encoding": "deflate, gzip, br"]

    #expect(plain.get(item, accepts).header("Content-Encoding") == nil)
    #expect(packing.get(item).header("Content-Encoding") == nil)
    #expect(packing.get(item, accepts).header("Content-Encoding") == "gzip")
    #expect(packing.get(item, accepts).wholeBody.starts(with: [0x1F, 0x8B, 8]))
    // Streamed lists, contents and errors come as they are.
    for target in [
      "/contoso/_apis/git/repositories", "\(items)?path=/a0&$format=text", "\(items)?path=/none",
    ] {
      #expect(packing.get(target, accepts).header("Content-Encoding") == nil, "\(target)")
    }
  }
}
