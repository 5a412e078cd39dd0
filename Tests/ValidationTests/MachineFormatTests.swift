import Catalog
import Foundation
import Testing
import Validation

/// The formats that programs read.
struct MachineFormatTests {
  /// Two files with a problem of each kind: with and without a key path, a ref, a place.
  private static let mixed: ValidationReport = {
    var validator = Validator()
    validator.add(Array("apiVersion: a/b\nkind: Thing\nmetadata: {name: web}\n".utf8), path: "a b/ü.yaml")
    validator.add(Array("a: [".utf8), path: "b.yaml")
    validator.add(unreadable: "c.yaml", reason: "it is not allowed")
    return validator.report
  }()

  @Test func `JSON has the shape that is documented`() {
    #expect(
      ValidationJSON.text(of: Self.mixed) == """
        {
          "files" : [
            {
              "entities" : [
                {
                  "line" : 1,
                  "ref" : "thing:default/web"
                }
              ],
              "path" : "a b/ü.yaml",
              "problems" : [
                {
                  "column" : 7,
                  "keyPath" : "kind",
                  "line" : 2,
                  "message" : "the kind 'Thing' is unknown, so its spec is not checked",
                  "ref" : "thing:default/web",
                  "rule" : "unknown-kind",
                  "severity" : "warning"
                }
              ]
            },
            {
              "entities" : [

              ],
              "path" : "b.yaml",
              "problems" : [
                {
                  "column" : 5,
                  "keyPath" : "",
                  "line" : 1,
                  "message" : "while parsing a flow node: did not find expected node content",
                  "rule" : "yaml-syntax",
                  "severity" : "error"
                }
              ]
            },
            {
              "entities" : [

              ],
              "path" : "c.yaml",
              "problems" : [
                {
                  "keyPath" : "",
                  "message" : "cannot be read: it is not allowed",
                  "rule" : "unreadable",
                  "severity" : "error"
                }
              ]
            }
          ],
          "summary" : {
            "entities" : 1,
            "errors" : 2,
            "files" : 3,
            "warnings" : 1
          }
        }

        """
    )
  }

  @Test func `SARIF names the tool, each rule once, and where each result is`() throws {
    let text = ValidationSARIF.text(of: Self.mixed, version: "1.2.3", folder: "/repo")

    let log = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    #expect(
      log == [
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
          [
            "columnKind": "unicodeCodePoints",
            "tool": [
              "driver": [
                "name": "catalog-crawler", "version": "1.2.3",
                "rules": [
                  ["id": "unknown-kind", "shortDescription": ["text": "The kind is a known one"]],
                  ["id": "yaml-syntax", "shortDescription": ["text": "The text is YAML"]],
                  ["id": "unreadable", "shortDescription": ["text": "The file can be read"]],
                ],
              ]
            ],
            "results": [
              [
                "ruleId": "unknown-kind", "ruleIndex": 0, "level": "warning",
                "message": ["text": "the kind 'Thing' is unknown, so its spec is not checked"],
                "locations": [
                  [
                    "physicalLocation": [
                      "artifactLocation": ["uri": "a%20b/%C3%BC.yaml"],
                      "region": ["startLine": 2, "startColumn": 7],
                    ],
                    "logicalLocations": [["fullyQualifiedName": "thing:default/web kind"]],
                  ]
                ],
              ],
              [
                "ruleId": "yaml-syntax", "ruleIndex": 1, "level": "error",
                "message": ["text": "while parsing a flow node: did not find expected node content"],
                "locations": [
                  [
                    "physicalLocation": [
                      "artifactLocation": ["uri": "b.yaml"],
                      "region": ["startLine": 1, "startColumn": 5],
                    ]
                  ]
                ],
              ],
              [
                "ruleId": "unreadable", "ruleIndex": 2, "level": "error",
                "message": ["text": "cannot be read: it is not allowed"],
                "locations": [
                  [
                    "physicalLocation": [
                      "artifactLocation": ["uri": "c.yaml"],
                      "region": ["startLine": 1, "startColumn": 1],
                    ]
                  ]
                ],
              ],
            ],
          ]
        ],
      ] as NSDictionary
    )
  }

  @Test func `a rule that is met again has the index of the first time`() throws {
    let text = ValidationSARIF.text(
      of: report(["a.yaml": "- a\n---\na: [", "b.yaml": "- b"]),
      version: "1",
      folder: "/"
    )

    #expect(text.matches(of: /"ruleIndex" : (\d)/).map(\.output.1) == ["0", "1", "0"])
    #expect(text.matches(of: /"id" : "([a-z-]+)"/).map(\.output.1) == ["root-type", "yaml-syntax"])
  }

  @Test func `SARIF of nothing is a run without results`() {
    let text = ValidationSARIF.text(of: ValidationReport(), version: "1", folder: "/")

    #expect(text.contains("\"results\" : [\n\n      ]"))
  }

  @Test(
    "addresses in SARIF are relative where they can be",
    arguments: [
      ("/repo/x/a.yaml", "x/a.yaml"), ("/other/a#1.yaml", "file:///other/a%231.yaml"),
      ("/repository/a.yaml", "file:///repository/a.yaml"), ("../a:b.yaml", "../a%3Ab.yaml"),
      ("<stdin>", "%3Cstdin%3E"), ("a%20b\\c.yaml", "a%2520b%5Cc.yaml"),
    ]
  )
  func address(path: String, uri: String) {
    let text = ValidationSARIF.text(of: report([path: "- a"]), version: "1", folder: "/repo")

    #expect(text.contains("\"uri\" : \"\(uri)\""))
  }

  @Test func `Azure Pipelines gets an issue for each problem and fails at the end`() {
    #expect(
      PipelineLogs.azurePipelines(Self.mixed, isFailed: true) == """
        ##vso[task.logissue type=warning;sourcepath=a b/ü.yaml;linenumber=2;columnnumber=7;code=unknown-kind;]\
        the kind 'Thing' is unknown, so its spec is not checked
        ##vso[task.logissue type=error;sourcepath=b.yaml;linenumber=1;columnnumber=5;code=yaml-syntax;]\
        while parsing a flow node: did not find expected node content
        ##vso[task.logissue type=error;sourcepath=c.yaml;code=unreadable;]cannot be read: it is not allowed
        ##vso[task.complete result=Failed;]3 files, 1 entity, 2 errors, 1 warning

        """
    )
    #expect(PipelineLogs.azurePipelines(report(["a.yaml": good]), isFailed: false).isEmpty)
  }

  @Test func `GitHub gets an annotation for each problem`() {
    #expect(
      PipelineLogs.github(Self.mixed) == """
        ::warning file=a b/ü.yaml,line=2,col=7,title=unknown-kind::\
        the kind 'Thing' is unknown, so its spec is not checked
        ::error file=b.yaml,line=1,col=5,title=yaml-syntax::\
        while parsing a flow node: did not find expected node content
        ::error file=c.yaml,title=unreadable::cannot be read: it is not allowed

        """
    )
  }

  /// Escapes as the services' own toolkits make them.
  @Test func `nothing in a path or message ends a command or begins another one`() {
    let problem = ReportedProblem(severity: .error, rule: "r", message: "a%\r\n]; \u{1B}:,b\n##vso[x]")
    let report = ValidationReport(files: [FileReport(path: "x%;]\n:,y", problems: [problem])])

    #expect(
      PipelineLogs.azurePipelines(report, isFailed: false)
        == "##vso[task.logissue type=error;sourcepath=x%AZP25%3B%5D%0A:,y;code=r;]"
        + "a%AZP25%0D%0A]; \u{241B}:,b%0A##vso[x]\n"
    )
    #expect(
      PipelineLogs.github(report)
        == "::error file=x%25;]%0A%3A%2Cy,title=r::a%25%0D%0A]; \u{241B}:,b%0A##vso[x]\n"
    )
  }
}
