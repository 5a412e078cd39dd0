import Catalog
import Testing

/// Facts/backstage-catalog.md 4, C110-C112, C129; facts/backstage-azure.md 5.5, F128.
@Suite struct LocationRefTests {
  @Test(arguments: [
    ("url:https://a/b", "url", "https://a/b"), (" url : https://a ", "url", "https://a"),
    ("file:/tmp/a.yaml", "file", "/tmp/a.yaml"), ("file:C:\\a.yaml", "file", "C:\\a.yaml"),
    ("\turl\n:\u{FEFF}\u{A0}x y\u{2003}", "url", "x y"), ("url:./a:b", "url", "./a:b"),
    ("url:\u{301}x", "url", "\u{301}x"),
    ("azure-discovery:https://h/o/p", "azure-discovery", "https://h/o/p"),
    ("url:javascript", "url", "javascript"), ("url:x javascript:y", "url", "x javascript:y"),
    ("url:java script:x", "url", "java script:x"),
  ])
  func `C112: the type ends at the first colon, and blanks are dropped`(
    text: String,
    type: String,
    target: String
  ) throws {
    let ref = try LocationRef(text)

    #expect(ref.type == type)
    #expect(ref.target == target)
    #expect(ref.description == "\(type):\(target)")
    #expect(try LocationRef(ref.description) == ref)
  }

  @Test(arguments: [
    ("https://a/b", LocationRefError.urlWithoutType(scheme: "https")),
    (" HTTP ://a/b", .urlWithoutType(scheme: "HTTP")), ("url:", .emptyTarget(type: "url")),
    ("url: \n\t", .emptyTarget(type: "url")), (":x", .emptyType), ("  :x", .emptyType), (":", .emptyType),
    ("abc", .noType("abc")), ("", .noType("")), ("url:javascript:x", .script),
    ("url: JaVa\nScript:x", .script), ("url:java\u{0}scr\u{1F}ipt\u{7F}:x", .script),
    ("url:\u{1}\u{2} javascript\t:", .script), ("file:JAVASCRIPT:x", .script),
  ])
  func `C112: what is no location is refused`(text: String, error: LocationRefError) {
    #expect(throws: error) { try LocationRef(text) }
  }

  @Test(arguments: [
    ("", "x", LocationRefError.emptyType), ("url", "", .emptyTarget(type: "url")), (" ", "x", .emptyType),
    ("url", " ", .emptyTarget(type: "url")), ("a:b", "x", .colonInType("a:b")),
    ("https", "//a/b", .urlWithoutType(scheme: "https")), ("url", "javascript:x", .script),
  ])
  func `C112: parts that would not read back are refused`(
    type: String,
    target: String,
    error: LocationRefError
  ) {
    #expect(throws: error) { try LocationRef(type: type, target: target) }
  }

  @Test(arguments: [
    ("abc", "expected type:target, got 'abc', which has no colon"),
    (
      "https://me:s3cr3t@a/b",
      "expected type:target, got a URL; write 'url:' before it, as in 'url:https://...'"
    ),
    ("url:", "expected type:target, got nothing behind the colon of 'url:'"),
    (":s3cr3t", "expected type:target, got nothing before the colon"),
    ("url:javascript:s3cr3t", "the target of a location must not be a 'javascript:' URL"),
  ])
  func `C112: an error says what to write, and shows no target`(text: String, message: String) {
    let error = #expect(throws: LocationRefError.self) { try LocationRef(text) }

    #expect(error?.description == message)
  }

  private static let repository = "https://dev.azure.com/myorganization/myproject/_git"

  @Test(arguments: [
    // C110, and the other spelling of section 4
    (
      "url", "https://dev.azure.com/org/proj/_git/repo?path=/catalog-info.yaml",
      "6633b9cbe8ceb00998430b79c17eaa6fb2263d52"
    ),
    (
      "url", "https://dev.azure.com/org/proj/_git/repo?path=%2Fcatalog-info.yaml",
      "3946487c22439f90cb26e7771d66f95f4e80719d"
    ),
    // C111
    ("file", "/tmp/a.yaml", "a1153c595aa4bb08ae443e0b4da1ab191f2e4cac"),
    // F128, the rows of backstage-azure.md 5.5
    ("url", "\(repository)/myrepo?path=/catalog-info.yaml", "87865246726bb12a8c4fb4f914443f1fbb91648c"),
    ("url", "\(repository)/myotherrepo?path=/catalog-info.yaml", "2deccac384c34d0dca37be0ebb4b1c8cf6913fe1"),
    (
      "url", "\(repository)/myrepo?path=/catalog-info.yaml&version=GBmybranch",
      "589e8cc47341987c7a34f5291791151fa64f7754"
    ),
    ("url", "\(repository)/myfork?path=/catalog-info.yaml", "f25a57bb11705f0a6bb4e95586b1ddf2747c83cd"),
    (
      "url",
      "https://dev.azure.com/myorganization/Platform%20Services/_git/service-a?path=/catalog-info.yaml&version=GBmybranch",
      "3b5fd5a379512c32ffe74c449fc8677ea506eab3"
    ),
    (
      "url",
      "https://dev.azure.com/myorganization/platform%20tools/_git/Service-B?path=/catalog-info.yaml&version=GBmybranch",
      "326e0c6e2e05bfd60922945b62db8f91d2594d57"
    ),
  ])
  func `C110, C111, F128: a location has a name of its own`(type: String, target: String, hash: String) throws
  {
    let ref = try LocationRef(type: type, target: target)

    #expect(ref.generatedName == "generated-\(hash)")
    #expect(ref.generatedName.utf8.count == 50)
  }

  @Test(arguments: [
    // C129
    ("   javascript:x()", true), ("javascript:", true), ("JAVASCRIPT:x", true),
    ("\u{0}\tjava\r\nscript\n:x", true),
    ("j\u{1B}avascript:x", true), ("\njavascript:x", true),
    ("https://a/javascript:x", false), ("javascript", false), ("javascripts:x", false), ("", false),
    ("\u{0}", false), ("ǰavascript:x", false), ("java script:x", false), ("xjavascript:y", false),
  ])
  func `C129: a script is seen however it is disguised`(text: String, isScript: Bool) {
    #expect(LocationRef.isScript(text) == isScript)
  }
}
