import AzureSimulator
import CatalogStore
import Crawl
import Foundation
import TestSupport
import Testing

/// The real catalog files of `../shared/catalogs`, served in place as an organization and crawled, with the
/// verdict on every file.
@Suite(
  .timeLimit(.minutes(2)),
  .enabled(if: SharedFolder.isPresent, "../shared is not beside this checkout")
)
struct RealCatalogTests {
  private static let folder = SharedFolder.path("catalogs")

  /// Paths of the YAML files below a repository's folder, from its root.
  private static func files(of repository: String) throws -> [String] {
    let root = folder.appending(path: repository).path(percentEncoded: false)
    return try FileManager.default.subpathsOfDirectory(atPath: root)
      .filter { $0.hasSuffix(".yaml") }.map { "/" + $0 }.sorted()
  }

  /// Each owner is a project, each of its repositories a repository.
  private static func world() throws -> (world: World, settings: String) {
    var projects: [World.Project] = []
    var settings = "catalog:\n  providers:\n    azureDevOps:\n"
    var count = 0
    for name in repositories {
      let parts = name.split(separator: "/").map(String.init)
      var files: World.Files = [:]
      for path in try Self.files(of: name) {
        files[path] = World.File(bytes: try Data(contentsOf: folder.appending(path: name + path)))
        count += 1
        settings +=
          "      p\(count): {organization: real, project: '\(parts[0])', repository: '\(parts[1])', path: '\(path)'}\n"
      }
      projects.append(World.Project(parts[0], repositories: [World.Repository(parts[1], files: files)]))
    }
    return (World(organizations: [World.Organization("real", projects: projects)]), settings)
  }

  private static let repositories = [
    "RoadieHQ/roadie-backstage-plugins", "backstage/demo",
    "redhat-developer/red-hat-developer-hub-software-templates",
  ]

  @Test func `every real catalog file has its verdict`() async throws {
    let (world, settings) = try Self.world()
    let simulator = Simulator(world: world)
    try await simulator.serving { base in
      let crawling = try Crawling(base, tokens: ["real": "simulator-token"], more: settings)

      let report = try await crawling.crawl()

      #expect(report.outcome == .complete)
      #expect(try await verdicts(crawling) == Self.expected)
    }
  }

  /// For each file its entities and then its problems, in the order of their lines.
  private func verdicts(_ crawling: Crawling) async throws -> [String] {
    var verdicts: [String] = []
    let files = try await crawling.rows(
      "SELECT f.id, r.name || f.path FROM file f JOIN repository r ON r.id = f.repository_id ORDER BY r.name, f.path"
    )
    for file in files {
      let parts = file.split(separator: "|", maxSplits: 1).map(String.init)
      verdicts.append(parts[1])
      verdicts += try await crawling.rows(
        "SELECT '  ' || ref FROM entity WHERE file_id = \(parts[0]) AND is_holder = 1 ORDER BY line"
      )
      verdicts += try await crawling.rows(
        """
        SELECT '  ' || severity || ' ' || rule || ' ' || line || ':' || column FROM problem
        WHERE file_id = \(parts[0]) ORDER BY line, column, rule
        """
      )
    }
    return verdicts
  }

  /// The schema of `demo-graphql` stands on a host that is not Azure DevOps, so it is not read and the API is no
  /// entity; a pattern of `roadie-backstage-plugins` matches nothing, because that folder is not among the
  /// files.
  ///
  /// Templates of templates, which the files below `skeleton` are, are no catalog files yet: their
  /// placeholders are no names, and some are no YAML.
  private static let expected = """
    demo/catalog-info.yaml
      component:default/backstage-demo
      error target-address 29:12
    demo/demo-template/template/template.yaml
      template:default/demo-template
    demo/examples/ai-resources.yaml
      airesource:default/mui-to-bui-migration
      airesource:default/app-frontend-system-migration
      airesource:default/plugin-new-frontend-system-support
      airesource:default/plugin-full-frontend-system-migration
      airesource:default/plugin-analytics-instrumentation
      airesource:default/onboard-to-openapi-server
    demo/examples/mcp-server-api.yaml
      api:default/github-mcp-server
    red-hat-developer-hub-software-templates/skeletons/catalog-info/catalog-info.yaml
      error yaml-syntax 1:2
    red-hat-developer-hub-software-templates/templates.yaml
      location:default/rhdh-collection
    red-hat-developer-hub-software-templates/templates/azure/dotnet-frontend/template.yaml
      template:default/dotnet-frontend-template
    red-hat-developer-hub-software-templates/templates/create-backend-plugin/skeleton/plugins/${{values.plugin_id}}-backend/catalog-info.yaml
      error yaml-syntax 5:4
    red-hat-developer-hub-software-templates/templates/create-backend-plugin/template.yaml
      template:default/create-backend-plugin
    red-hat-developer-hub-software-templates/templates/create-frontend-plugin/skeleton/plugins/${{values.plugin_id}}/catalog-info.yaml
      error yaml-syntax 5:4
    red-hat-developer-hub-software-templates/templates/create-frontend-plugin/template.yaml
      template:default/create-frontend-plugin
    red-hat-developer-hub-software-templates/templates/github/argocd/template.yaml
      template:default/argocd-template
    red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/all.yaml
      error metadata-name-format 4:9
    red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/systems.yaml
      error metadata-name-format 4:9
    red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/systems/${{ values.systemName }}.yaml
      error metadata-name-format 4:9
    red-hat-developer-hub-software-templates/templates/github/backstage-system/template.yaml
      template:default/backstage-system-template
    red-hat-developer-hub-software-templates/templates/github/define-ansible-job/template.yaml
      template:default/define-ansible-job-template
    red-hat-developer-hub-software-templates/templates/github/go-backend/template.yaml
      template:default/go-backend-template
    red-hat-developer-hub-software-templates/templates/github/launch-ansible-job/template.yaml
      template:default/launch-ansible-job-template
    red-hat-developer-hub-software-templates/templates/github/nodejs-backend/template.yaml
      template:default/nodejs-backend-template
    red-hat-developer-hub-software-templates/templates/github/obc/template.yaml
      template:default/obc-template
    red-hat-developer-hub-software-templates/templates/github/quarkus-backend/template.yaml
      template:default/quarkus-backend-template
    red-hat-developer-hub-software-templates/templates/github/register-component/template.yaml
      template:default/register-component
    red-hat-developer-hub-software-templates/templates/github/sdlc-app/skeleton/systems/${{values.application_id}}-system.yaml
      error metadata-name-format 4:9
      error label-value-format 7:11
      error label-value-format 8:19
    red-hat-developer-hub-software-templates/templates/github/sdlc-app/template.yaml
      template:default/sdlc-app-template
    red-hat-developer-hub-software-templates/templates/github/spring-boot-backend/template.yaml
      template:default/spring-boot-backend-template
    red-hat-developer-hub-software-templates/templates/github/techdocs/template.yaml
      template:default/techdocs-template
    red-hat-developer-hub-software-templates/templates/github/tekton/template.yaml
      template:default/tekton-template
    red-hat-developer-hub-software-templates/templates/gitlab/python-backend/template.yaml
      template:default/python-backend-template
    roadie-backstage-plugins/catalog-info.yaml
      component:default/roadie-backstage-plugins
      location:default/roadie-backstage-plugins
      error target-absent 20:7
    roadie-backstage-plugins/entities/templates/template-appendFile.yaml
      template:default/append-file-demo
    roadie-backstage-plugins/entities/templates/template-argocd.yaml
      template:default/argocd-create-demo
    roadie-backstage-plugins/entities/templates/template-backstage-http-request-demo.yaml
      template:default/backstage-http-request-demo
    roadie-backstage-plugins/entities/templates/template-component-validator.yaml
      template:default/component-name-validator
    roadie-backstage-plugins/entities/templates/template-ecr-create.yaml
      template:default/aws-ecr-create-demo
    roadie-backstage-plugins/entities/templates/template-json.yaml
      template:default/serialize-json-demo
    roadie-backstage-plugins/entities/templates/template-jsonata.yaml
      error type 144:10
    roadie-backstage-plugins/entities/templates/template-parseFile.yaml
      template:default/parse-file-demo
    roadie-backstage-plugins/entities/templates/template-replaceInFile.yaml
      template:default/replace-in-file-demo
    roadie-backstage-plugins/entities/templates/template-s3-cp.yaml
      template:default/aws-s3-cp-demo
    roadie-backstage-plugins/entities/templates/template-secrets-create.yaml
      template:default/aws-secrets-manager-demo
    roadie-backstage-plugins/entities/templates/template-sleep.yaml
      template:default/sleep-demo
    roadie-backstage-plugins/entities/templates/template-writeFile.yaml
      template:default/write-file-demo
    roadie-backstage-plugins/entities/templates/template-yaml.yaml
      template:default/serialize-yaml-demo
    roadie-backstage-plugins/entities/templates/template-zip.yaml
      template:default/zip-demo
    roadie-backstage-plugins/entities/test-entity.yaml
      component:default/sample-service
      component:default/sample-service-github
      component:default/sample-service-2
      component:default/sample-service-3
      component:default/sample-service-4
      component:default/sample-service-5
    roadie-backstage-plugins/plugins/backend/backstage-plugin-argo-cd-backend/catalog-info.yaml
      component:default/backstage-plugin-argo-cd-backend
    roadie-backstage-plugins/plugins/backend/backstage-plugin-aws-auth/catalog-info.yaml
      component:default/backstage-plugin-aws-auth
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-argo-cd/catalog-info.yaml
      component:default/backstage-plugin-argo-cd
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-aws-lambda/catalog-info.yaml
      component:default/backstage-plugin-aws-lambda
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-bugsnag/catalog-info.yaml
      component:default/backstage-plugin-bugsnag
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-buildkite/catalog-info.yaml
      component:default/backstage-plugin-buildkite
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-datadog/catalog-info.yaml
      component:default/backstage-plugin-datadog
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-github-insights/catalog-info.yaml
      component:default/backstage-plugin-github-insights
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-github-pull-requests/catalog-info.yaml
      component:default/backstage-plugin-github-pull-requests
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-iframe/catalog-info.yaml
      component:default/backstage-plugin-iframe
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-jira/catalog-info.yaml
      component:default/backstage-plugin-jira
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-prometheus/catalog-info.yaml
      component:default/backstage-plugin-prometheus
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-security-insights/catalog-info.yaml
      component:default/backstage-plugin-security-insights
    roadie-backstage-plugins/plugins/frontend/backstage-plugin-travis-ci/catalog-info.yaml
      component:default/backstage-plugin-travis-ci
    roadie-backstage-plugins/plugins/frontend/github-auth-utils-react/catalog-info.yaml
      component:default/github-auth-utils-react
    roadie-backstage-plugins/plugins/home/backstage-plugin-home-markdown/catalog-info.yaml
      component:default/backstage-plugin-home-markdown
    roadie-backstage-plugins/plugins/home/backstage-plugin-home-rss/catalog-info.yaml
      component:default/backstage-plugin-home-rss
    roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-argocd/catalog-info.yaml
      component:default/scaffolder-backend-argocd
    roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-aws/catalog-info.yaml
      component:default/scaffolder-backend-module-aws
    roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-http-request/catalog-info.yaml
      component:default/scaffolder-backend-module-http-request
    roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-utils/catalog-info.yaml
      component:default/scaffolder-backend-module-utils
    """.split(separator: "\n").map(String.init)
}
