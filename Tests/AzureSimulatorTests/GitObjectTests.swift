import Testing

@testable import AzureSimulator

@Suite struct GitObjectTests {
  /// Written out from `git ls-tree -r -t HEAD` over the sample's files.
  @Test(arguments: [
    ("/a.b", "771461a64805f7f695281ee17581eed98019f366"),
    ("/a.b/d", "e25f1814e51579d5f55c0f1fe0135ddb28a47f4a"),
    ("/a", "0a7c3911ad24d69c96fdb876faa4e181e369e72e"),
    ("/a/b", "e2b0c41b0f7802e3db16736400d84a86ca333494"),
    ("/a/b/c.txt", "c1b0730e0133447badcfd47fd144e254807b06e1"),
    ("/a/run.sh", "1a2485251c33a70432394c93fb89330ef214bfc9"),
    ("/a0", "fa7af8bf5fdd704f73beb3adc5612682a98e1af5"),
    ("/catalog-info.yaml", "8524aaf14a12f0fb7346501e6d6ac86270ba0ab5"),
    ("/link", "79af2f5664c56c91d27fec50d6292e76ccb5d3e6"),
    ("/é f.txt", "4b04fff51468d8ab5201ab02b725dc477bc7cb45"),
    ("/", "1848953daa356fafa820f28bf3e2fac6ef658f38"),
  ])
  func `a file or folder has the id git gives it`(path: String, id: String) {
    let snapshot = Snapshot(files: Sample.files.all, parent: nil, number: 0)

    #expect(snapshot.nodes[path]?.id.description == id)
  }

  /// Written out from `git commit` with the simulator's author, dates and messages.
  @Test func `a commit has the id git gives it, and so has the next one`() throws {
    var files = Sample.files
    let first = Snapshot(files: files.all, parent: nil, number: 0)
    files["/catalog-info.yaml"] = "kind: API\n"
    let second = Snapshot(files: files.all, parent: first.commit, number: 1)

    #expect(first.commit.description == "3e34fb1b8a20c271454b4fb6138bb4c3b79d2477")
    #expect(second.commit.description == "359bd0c6a22a2d696e5c36f8806e92df7812ce9c")
    #expect(second.tree?.description == "82299d45e82f61433b983e15268c240fc742b7f6")
  }

  @Test func `a folder sorts as if its name ended in a slash`() throws {
    let snapshot = Snapshot(files: Sample.files.all, parent: nil, number: 0)

    let names = try #require(snapshot.nodes["/"]).children
    #expect(names == ["a.b", "a", "a0", "catalog-info.yaml", "link", "é f.txt"])
  }

  @Test(arguments: [
    "", "3e34", "3e34fb1b8a20c271454b4fb6138bb4c3b79d247g", "3e34fb1b8a20c271454b4fb6138bb4c3b79d24777",
  ])
  func `text that is not forty hexadecimal digits is no object id`(text: String) {
    #expect(ObjectID(text) == nil)
  }

  @Test func `an object id is read in either case and written in lower case`() {
    let id = ObjectID("3E34FB1B8A20C271454B4FB6138BB4C3B79D2477")

    #expect(id?.description == "3e34fb1b8a20c271454b4fb6138bb4c3b79d2477")
  }

  /// CRC-32 of "123456789" is the check value of the polynomial.
  @Test func `a zip member has the checksum of its bytes`() {
    #expect(ZipArchive.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
    (1_767_600_059, "2026-01-05T08:00:59Z"),
  ])
  func `a moment is written in UTC`(second: Int, text: String) {
    #expect(Stamp(number: 1, second: second, user: "", session: nil).moment == text)
  }
}
