import Catalog
import Testing
import Validation

struct ValidatorTests {
  @Test func `a report counts files, entities, errors and warnings`() {
    let found = report(["a.yaml": good, "b.yaml": "kind: [", "c.yaml": "# nothing\n"])

    #expect(found.files.map(\.path) == ["a.yaml", "b.yaml", "c.yaml"])
    #expect(found.files[0].entities == [.init(ref: EntityRef(kind: "component", name: "web"), line: 1)])
    #expect(found.summary == "3 files, 1 entity, 1 error, 0 warnings")
    #expect(report([:]).summary == "0 files, 0 entities, 0 errors, 0 warnings")
  }

  @Test func `errors fail, warnings only when they are to`() {
    let warned = report(["a.yaml": "apiVersion: backstage.io/v1alpha1\nkind: Thing\nmetadata: {name: a}\n"])

    #expect(report(["a.yaml": "- a"]).isFailure(strict: false))
    #expect(!warned.isFailure(strict: false))
    #expect(warned.isFailure(strict: true))
    #expect(!report(["a.yaml": good]).isFailure(strict: true))
  }

  @Test func `problems stand in the order of their places and name the entity they are about`() {
    let found = report([
      "a.yaml": """
      metadata: {name: web, tags: [A]}
      apiVersion: backstage.io/v1alpha1
      kind: Component
      ---
      - a
      """
    ]).files[0].problems

    #expect(found.map(\.rule) == ["missing", "tag-format", "root-type"])
    #expect(found.map { $0.place?.line } == [1, 1, 5])
    #expect(found.map { $0.ref?.description } == ["component:default/web", "component:default/web", nil])
  }

  @Test func `a file that cannot be read is an error without a place`() {
    var validator = Validator()
    validator.add(unreadable: "b.yaml", reason: "there is no such file or folder")
    validator.add(Array(good.utf8), path: "a.yaml")

    let found = validator.report
    #expect(found.files.map(\.path) == ["a.yaml", "b.yaml"])
    #expect(found.files[1].problems.map(\.message) == ["cannot be read: there is no such file or folder"])
    #expect(found.files[1].problems.allSatisfy { $0.place == nil && $0.excerpt == nil })
    #expect(found.isFailure(strict: false))
  }

  @Test func `an entity of two files is a warning in the later one that names the earlier one`() {
    let found = report(["a.yaml": "\n\(good)", "b.yaml": "---\n\(good)", "c.yaml": "- \(good)"])

    #expect(found.files[0].problems.isEmpty)
    #expect(
      found.files[1].problems == [
        ReportedProblem(
          severity: .warning,
          rule: "duplicate-ref",
          message: "component:default/web also stands in a.yaml at line 2; a catalog keeps only one of them",
          place: .init(line: 2, column: 1),
          ref: EntityRef(kind: "component", name: "web"),
          excerpt: SourceExcerpt(before: "", after: "apiVersion: backstage.io/v1alpha1")
        )
      ]
    )
    #expect(found.files[2].problems.map(\.rule) == ["yaml-syntax"])
  }

  @Test func `refs that differ by case are one entity`() {
    let other = good.replacing("name: web", with: "name: WEB")

    #expect(report(["a.yaml": good, "b.yaml": other]).warnings == 1)
  }

  @Test func `the standard input is compared with nothing`() {
    var validator = Validator()
    validator.add(Array(good.utf8), path: "<stdin>", isPartOfCatalog: false)
    validator.add(Array(good.utf8), path: "a.yaml")

    #expect(validator.report.summary == "2 files, 2 entities, 0 errors, 0 warnings")
  }

  @Test func `the limits are the given ones`() {
    var limits = CatalogLimits()
    limits.maxProblems = 1
    var validator = Validator(limits: limits)
    validator.add(Array("a: b".utf8), path: "a.yaml")

    #expect(validator.report.files[0].problems.map(\.rule) == ["unknown-field", "more-problems"])
  }
}
