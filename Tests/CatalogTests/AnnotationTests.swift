import Foundation
import Testing

@testable import Catalog

/// What the catalog adds to an entity (facts/backstage-catalog.md 5).
struct AnnotationTests {
  private let url = "https://dev.azure.com/org/proj/_git/repo?path=/services/a/catalog-info.yaml"

  private func annotations(
    _ metadata: String,
    kind: String = "Component",
    url: String? = nil,
    origin: String? = nil
  ) throws -> [String: String] {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: \(kind)
      metadata: {name: web\(metadata)}
      spec: {type: service, lifecycle: production, owner: team-a, children: []}
      """
    let url = url ?? self.url
    let context = FileContext(
      address: url,
      type: .url,
      origin: origin,
      annotations: FileAnnotations(
        viewURL: url,
        sourceLocation: "url:https://dev.azure.com/org/proj/_git/repo?path=%2Fservices%2Fa%2F",
        projectRepository: "proj/repo",
        hostOrganization: "dev.azure.com/org"
      ),
      resolve: { _, _ in .failure(.init(rule: "r", message: "m")) }
    )
    let file = CatalogFileReader(Array(text.utf8), context: context).read()
    guard case .entity(let entity)? = file.documents.first?.content else { return [:] }
    let json = try JSONSerialization.jsonObject(with: Data(entity.json)) as? [String: Any]
    let found = (json?["metadata"] as? [String: Any])?["annotations"] as? [String: String]
    return found ?? [:]
  }

  @Test func `C125: an entity says where it is`() throws {
    #expect(
      try annotations("") == [
        "backstage.io/managed-by-location": "url:\(url)",
        "backstage.io/managed-by-origin-location": "url:\(url)",
        "backstage.io/view-url": url, "backstage.io/edit-url": url,
        "backstage.io/source-location":
          "url:https://dev.azure.com/org/proj/_git/repo?path=%2Fservices%2Fa%2F",
        "dev.azure.com/project-repo": "proj/repo", "dev.azure.com/host-org": "dev.azure.com/org",
      ]
    )
  }

  @Test func `C126: the origin is where the chain of locations began`() throws {
    let found = try annotations("", origin: "url:R")

    #expect(found["backstage.io/managed-by-location"] == "url:\(url)")
    #expect(found["backstage.io/managed-by-origin-location"] == "url:R")
  }

  @Test func `C127 and C128: what people write is kept, but for where the entity is managed`() throws {
    let found = try annotations(
      ", annotations: {a/b: c, backstage.io/view-url: 'https://v', backstage.io/managed-by-location: 'url:x', "
        + "dev.azure.com/project-repo: mine/too}"
    )

    #expect(found["a/b"] == "c")
    #expect(found["backstage.io/view-url"] == "https://v")
    #expect(found["backstage.io/edit-url"] == url)
    #expect(found["backstage.io/managed-by-location"] == "url:\(url)")
    #expect(found["dev.azure.com/project-repo"] == "mine/too")
    #expect(found["dev.azure.com/host-org"] == "dev.azure.com/org")
  }

  @Test func `C129: an address that would run a script is replaced`() throws {
    let found = try annotations(
      #", annotations: {backstage.io/view-url: "   javascript:x()", backstage.io/edit-url: "Java\nScript:y"}"#
    )

    let rejected = "https://backstage.io/annotation-rejected-for-security-reasons"
    #expect(found["backstage.io/view-url"] == rejected)
    #expect(found["backstage.io/edit-url"] == rejected)
  }

  @Test(arguments: [
    ("GC6eead79870d998a3befd4bc7c72cc89e446f2970", false),
    ("GB6eead79870d998a3befd4bc7c72cc89e446f297", true),
    ("GBmain", true), ("GB/6eead79870d998a3befd4bc7c72cc89e446f2970", false),
    ("GBx6eead79870d998a3befd4bc7c72cc89e446f2970", true),
  ])
  func `C130: a state with a commit's id in its address cannot be edited`(version: String, isEditable: Bool)
    throws
  {
    let found = try annotations("", url: "\(url)&version=\(version)")

    #expect(found["backstage.io/view-url"] != nil)
    #expect((found["backstage.io/edit-url"] != nil) == isEditable)
  }

  @Test func `C131: only components say in which repository they are`() throws {
    let found = try annotations("", kind: "Group")

    #expect(found["dev.azure.com/project-repo"] == nil)
    #expect(found["dev.azure.com/host-org"] == nil)
    #expect(found["backstage.io/managed-by-location"] == "url:\(url)")
  }

  @Test func `C016 and C017: other metadata is kept, and the uid is the catalog's`() throws {
    let text = """
      apiVersion: backstage.io/v1alpha1
      kind: Component
      metadata: {name: web, uid: abc, foo: {bar: [1]}}
      spec: {type: service, lifecycle: production, owner: team-a}
      """
    let entity = try #require(onlyEntity(text))

    #expect(
      String(decoding: entity.json, as: UTF8.self).contains(
        #""metadata":{"name":"web","foo":{"bar":[1]},"namespace":"default"}"#
      )
    )
    let uid = entity.ref.uid(incarnation: 0)
    #expect(uid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    #expect(entity.ref.uid(incarnation: 0) == uid)
    #expect(entity.ref.uid(incarnation: 1) != uid)
  }
}
