import Foundation
import Testing

@testable import AzureSimulator

/// Compares answers with recordings of the real service that lie beside the checkout: keys in their order,
/// kinds of values, names of headers.
@Suite(.enabled(if: Recording.folder != nil, "no folder shared/recordings beside the checkout"))
struct RecordingTests {
  private static let world = World(organizations: [
    .init(
      "contoso",
      projects: [
        .init(
          "P",
          visibility: "organization",
          repositories: [
            .init("r", files: ["/README.md": "1"], branches: ["other": ["/f": "2"]]), .init("empty"),
          ]
        ),
        .init("Q"),
      ]
    )
  ])

  private static let git = "/contoso/P/_apis/git/repositories"

  /// Recording, request of the simulator, fault to get the answer with.
  @Test(arguments: [
    ("05", "/contoso/_apis/ConnectionData?api-version=5.0-preview.1", nil),
    ("06", "/contoso/_apis/projects?api-version=5.0", nil),
    ("08", "/contoso/_apis/projects?api-version=5.0&stateFilter=all&$top=1&$skip=0", nil),
    ("09", "/contoso/_apis/projects/P?includeCapabilities=true&api-version=5.0", nil),
    ("11", "/contoso/P/_apis/git/repositories?api-version=5.0", nil),
    ("13", "\(git)/r?api-version=5.0", nil),
    ("17", "\(git)/r/refs?api-version=5.0", nil),
    ("18", "\(git)/r/refs?filter=heads%2Fother&api-version=5.0", nil),
    ("19", "\(git)/r/refs?filter=heads%2Fnone&api-version=5.0", nil),
    ("24", "/contoso/None/_apis/git/repositories?api-version=5.0", nil),
    ("25", "/contoso/None/_apis/wit/workItems/0?destroy=false", nil),
    ("26", "\(git)/empty/stats/branches?name=x&api-version=5.0", nil),
    ("27", "/contoso/_apis/projects", FaultAnswer.organizationStopped),
    ("28", "/contoso/_apis/projects", FaultAnswer.frontEndUnavailable),
    ("31", "\(git)/r/items?path=/README.md&includeContent=true&$format=json&api-version=6.0", nil),
    ("32", "\(git)/r/items?path=/", nil),
    ("33", "\(git)/r/items?scopePath=/&recursionLevel=Full&$format=json", nil),
    ("35", "\(git)/r/stats/branches?name=main", nil),
    ("36", "\(git)/r/commits", nil),
  ])
  func `an answer has the shape of the recorded one`(number: String, target: String, fault: FaultAnswer?)
    throws
  {
    let recording = try Recording(number)
    let rules = fault.map { [FaultRule(answer: $0)] } ?? []

    let answer = Asking(Self.world, SimulatorOptions(faults: rules)).get(target)

    try compare(answer, with: recording)
  }

  /// The tree of the sample is looked up first: its id is not known beforehand.
  @Test func `a tree has the shape of the recorded one`() throws {
    let asking = Asking(Self.world)
    let tree = try #require(asking.get("\(Self.git)/r/items?path=/").json?["objectId"]?.string)

    try compare(asking.get("\(Self.git)/r/trees/\(tree)?recursive=false"), with: Recording("34"))
  }

  @Test func `a diff has the shape of the recorded one`() throws {
    let asking = Asking(Self.world)
    let commit = try #require(asking.get("\(Self.git)/r/items?path=/").json?["commitId"]?.string)
    asking.simulator.change { $0.organizations[0].projects[0].repositories[0].files["/README.md"] = "2" }

    let query = "baseVersion=\(commit)&baseVersionType=commit&targetVersion=main"
    try compare(asking.get("\(Self.git)/r/diffs/commits?\(query)"), with: Recording("37"))
  }

  @Test func `a search has the shape of the recorded one`() throws {
    let asking = Asking(Self.world)
    let body = #"{"searchText":"README ext:md","$skip":0,"$top":1,"includeFacets":true}"#
    asking.simulator.change { world in
      world.update("contoso/P/r") { $0.files["/README.md"] = "The README." }
    }

    let search = "/contoso/_apis/search/codesearchresults?api-version=7.1"
    try compare(asking.post(search, body), with: Recording("39"))
  }

  @Test func `refusals have the shapes of the recorded ones`() throws {
    let tokens: [World.Token] = [.init("s", state: .notMember), .init("n", state: .withoutScope)]
    let asking = Asking(World(organizations: [.init("fabrikam", tokens: tokens)]))

    let stranger = asking.get("/fabrikam/_apis/projects", ["authorization": Asking.basic("s")])
    let narrow = asking.get("/fabrikam/_apis/projects", ["authorization": Asking.basic("n")])

    // The recording comes from a host that does not send its deployment's id.
    try compare(stranger, with: Recording("22"), allowing: ["x-vss-senderdeploymentid"])
    try compare(narrow, with: Recording("23"))
  }

  @Test func `the rows of the table of resources are the recorded ones`() throws {
    let recorded = try #require(try Recording("01").body?["value"]).elements
    let rows = try #require(Asking(Self.world).send("OPTIONS", "/contoso/_apis").json?["value"]).elements

    for row in rows {
      #expect(recorded.contains(row), "\(row["resourceName"]?.string ?? "")")
    }
    #expect(rows.count == 27)
  }

  private func compare(
    _ answer: SimulatorResponse,
    with recording: Recording,
    allowing extra: Set<String> = []
  ) throws {
    #expect(answer.status == recording.status)
    if let names = recording.headerNames {
      // 26 was recorded before the front door added its headers.
      let later = recording.isOld ? Set(["x-cache", "x-vss-senderdeploymentid"]) : []
      let ours = Set(answer.headers.map { $0.name.lowercased() }).subtracting(extra).subtracting(later)
      let carried: Set = ["content-length", "transfer-encoding", "date"]
      #expect(ours.subtracting(names) == [], "only in the simulator")
      #expect(names.subtracting(ours).subtracting(carried) == [], "only in the recording")
      let isStreamed = if case .stream = answer.body { true } else { false }
      #expect(isStreamed == names.contains("transfer-encoding"))
    }
    guard let body = recording.body, case .object = body else { return }
    let ours = try JSONValue(text: answer.text.replacing("\u{FEFF}", with: ""))
    compareShapes(ours, body, "$")
  }

  private func compareShapes(_ ours: JSONValue, _ recorded: JSONValue, _ path: String) {
    #expect(ours.kind == recorded.kind, "\(path)")
    switch (ours, recorded) {
    case (.object(let members), .object):
      if path.hasSuffix(".changeCounts") { return }
      #expect(ours.keys == recorded.keys, "\(path)")
      for (key, value) in members {
        if let other = recorded[key] { compareShapes(value, other, "\(path).\(key)") }
      }
    case (.array(let elements), .array(let others)):
      // The first commit of a repository has no parent.
      // Of code elements the simulator knows nothing.
      if !path.hasSuffix(".parents"), !path.hasSuffix(".CodeElement") {
        #expect(elements.isEmpty == others.isEmpty, "\(path)")
      }
      for (place, element) in elements.enumerated() where others.indices.contains(place) {
        // An empty repository has no default branch, wherever it stands in the list.
        if element.keys.contains("defaultBranch") == others[place].keys.contains("defaultBranch") {
          compareShapes(element, others[place], "\(path)[\(place)]")
        }
      }
    default: break
    }
  }
}

/// One recorded answer of the real service, read in place.
private struct Recording {
  let status: Int
  /// In lower case; nil when the recording has none.
  let headerNames: Set<String>?
  let body: JSONValue?
  /// Recorded in or before 2018.
  let isOld: Bool

  /// `shared/recordings` beside the checkout; nil when it is not there.
  static let folder: URL? = {
    let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = checkout.deletingLastPathComponent().appending(path: "shared/recordings")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  init(_ number: String) throws {
    let folder = try #require(Self.folder)
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasPrefix("\(number)-") }
    )
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    let response = try #require(try JSONValue(text: text)["response"])
    status = try #require(response["status"]?.number)
    let headers = response["headers"].flatMap { $0 == .null ? nil : $0 }
    headerNames = headers.map { Set($0.keys) }
    body = response["body"]
    isOld = headers?["x-cache"] == nil
  }
}
