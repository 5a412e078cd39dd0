import Testing

@testable import AzureDevOps

struct GitObjectIDTests {
  // `git hash-object` of the same bytes.
  @Test(arguments: [
    ("", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
    ("Hello World!\n", "980a0d5f19a64b4b30a87d4206aade58726b60e3"),
  ])
  func `a blob has the id that git gives it`(content: String, id: String) {
    #expect(GitObjectID.blob(Array(content.utf8)) == id)
  }
}
