import Catalog
import Foundation
import TestSupport
import Testing

/// Files as their authors wrote them, read where they lie beside the checkout.
@Suite struct RealFileTests {
  /// Every file with what it holds: the line and ref of each document, then line, column, rule and key path
  /// of each problem.
  private static let verdicts: [String: [String]] = [
    "RoadieHQ/roadie-backstage-plugins/catalog-info.yaml": [
      "1 component:default/roadie-backstage-plugins", "13 location:default/roadie-backstage-plugins",
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-appendFile.yaml": [
      "1 template:default/append-file-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-argocd.yaml": [
      "1 template:default/argocd-create-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-backstage-http-request-demo.yaml": [
      "1 template:default/backstage-http-request-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-component-validator.yaml": [
      "1 template:default/component-name-validator"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-ecr-create.yaml": [
      "1 template:default/aws-ecr-create-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-json.yaml": [
      "1 template:default/serialize-json-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-jsonata.yaml": [
      "1 invalid template:default/jsonata-demo", "144:10 type spec.steps[7].id",
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-parseFile.yaml": [
      "1 template:default/parse-file-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-replaceInFile.yaml": [
      "1 template:default/replace-in-file-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-s3-cp.yaml": [
      "1 template:default/aws-s3-cp-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-secrets-create.yaml": [
      "1 template:default/aws-secrets-manager-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-sleep.yaml": [
      "1 template:default/sleep-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-writeFile.yaml": [
      "1 template:default/write-file-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-yaml.yaml": [
      "1 template:default/serialize-yaml-demo"
    ],
    "RoadieHQ/roadie-backstage-plugins/entities/templates/template-zip.yaml": ["1 template:default/zip-demo"],
    "RoadieHQ/roadie-backstage-plugins/entities/test-entity.yaml": [
      "1 component:default/sample-service", "27 component:default/sample-service-github",
      "51 component:default/sample-service-2", "67 component:default/sample-service-3",
      "84 component:default/sample-service-4", "100 component:default/sample-service-5",
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/backend/backstage-plugin-argo-cd-backend/catalog-info.yaml": [
      "1 component:default/backstage-plugin-argo-cd-backend"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/backend/backstage-plugin-aws-auth/catalog-info.yaml": [
      "1 component:default/backstage-plugin-aws-auth"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-argo-cd/catalog-info.yaml": [
      "1 component:default/backstage-plugin-argo-cd"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-aws-lambda/catalog-info.yaml": [
      "1 component:default/backstage-plugin-aws-lambda"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-bugsnag/catalog-info.yaml": [
      "1 component:default/backstage-plugin-bugsnag"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-buildkite/catalog-info.yaml": [
      "2 component:default/backstage-plugin-buildkite"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-datadog/catalog-info.yaml": [
      "2 component:default/backstage-plugin-datadog"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-github-insights/catalog-info.yaml": [
      "1 component:default/backstage-plugin-github-insights"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-github-pull-requests/catalog-info.yaml":
      ["1 component:default/backstage-plugin-github-pull-requests"],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-iframe/catalog-info.yaml": [
      "2 component:default/backstage-plugin-iframe"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-jira/catalog-info.yaml": [
      "1 component:default/backstage-plugin-jira"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-prometheus/catalog-info.yaml": [
      "1 component:default/backstage-plugin-prometheus"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-security-insights/catalog-info.yaml":
      ["1 component:default/backstage-plugin-security-insights"],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/backstage-plugin-travis-ci/catalog-info.yaml": [
      "1 component:default/backstage-plugin-travis-ci"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/frontend/github-auth-utils-react/catalog-info.yaml": [
      "1 component:default/github-auth-utils-react"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/home/backstage-plugin-home-markdown/catalog-info.yaml": [
      "1 component:default/backstage-plugin-home-markdown"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/home/backstage-plugin-home-rss/catalog-info.yaml": [
      "1 component:default/backstage-plugin-home-rss"
    ],
    "RoadieHQ/roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-argocd/catalog-info.yaml":
      ["1 component:default/scaffolder-backend-argocd"],
    "RoadieHQ/roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-aws/catalog-info.yaml":
      ["1 component:default/scaffolder-backend-module-aws"],
    "RoadieHQ/roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-http-request/catalog-info.yaml":
      ["1 component:default/scaffolder-backend-module-http-request"],
    "RoadieHQ/roadie-backstage-plugins/plugins/scaffolder-actions/scaffolder-backend-module-utils/catalog-info.yaml":
      ["1 component:default/scaffolder-backend-module-utils"],
    "backstage/demo/catalog-info.yaml": [
      "1 component:default/backstage-demo", "17 api:default/demo-graphql",
    ],
    "backstage/demo/demo-template/template/template.yaml": ["3 template:default/demo-template"],
    "backstage/demo/examples/ai-resources.yaml": [
      "1 airesource:default/mui-to-bui-migration", "24 airesource:default/app-frontend-system-migration",
      "47 airesource:default/plugin-new-frontend-system-support",
      "70 airesource:default/plugin-full-frontend-system-migration",
      "93 airesource:default/plugin-analytics-instrumentation",
      "116 airesource:default/onboard-to-openapi-server",
    ],
    "backstage/demo/examples/mcp-server-api.yaml": ["1 api:default/github-mcp-server"],
    "redhat-developer/red-hat-developer-hub-software-templates/skeletons/catalog-info/catalog-info.yaml": [
      "1 invalid unknown", "1:2 yaml-syntax",
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates.yaml": [
      "1 location:default/rhdh-collection"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/azure/dotnet-frontend/template.yaml":
      ["1 template:default/dotnet-frontend-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/create-backend-plugin/skeleton/plugins/${{values.plugin_id}}-backend/catalog-info.yaml":
      ["5 invalid unknown", "5:4 yaml-syntax"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/create-backend-plugin/template.yaml":
      ["1 template:default/create-backend-plugin"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/create-frontend-plugin/skeleton/plugins/${{values.plugin_id}}/catalog-info.yaml":
      ["5 invalid unknown", "5:4 yaml-syntax"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/create-frontend-plugin/template.yaml":
      ["1 template:default/create-frontend-plugin"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/argocd/template.yaml": [
      "1 template:default/argocd-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/all.yaml":
      ["1 invalid unknown", "4:9 metadata-name-format metadata.name"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/systems.yaml":
      ["1 invalid unknown", "4:9 metadata-name-format metadata.name"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/backstage-system/skeleton/systems/${{ values.systemName }}.yaml":
      ["1 invalid unknown", "4:9 metadata-name-format metadata.name"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/backstage-system/template.yaml":
      ["1 template:default/backstage-system-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/define-ansible-job/template.yaml":
      ["1 template:default/define-ansible-job-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/go-backend/template.yaml": [
      "1 template:default/go-backend-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/launch-ansible-job/template.yaml":
      ["1 template:default/launch-ansible-job-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/nodejs-backend/template.yaml":
      ["1 template:default/nodejs-backend-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/obc/template.yaml": [
      "1 template:default/obc-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/quarkus-backend/template.yaml":
      ["1 template:default/quarkus-backend-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/register-component/template.yaml":
      ["1 template:default/register-component"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/sdlc-app/skeleton/systems/${{values.application_id}}-system.yaml":
      [
        "1 invalid unknown", "4:9 metadata-name-format metadata.name",
        "7:11 label-value-format metadata.labels.size",
        "8:19 label-value-format metadata.labels.environments",
      ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/sdlc-app/template.yaml": [
      "1 template:default/sdlc-app-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/spring-boot-backend/template.yaml":
      ["1 template:default/spring-boot-backend-template"],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/techdocs/template.yaml": [
      "1 template:default/techdocs-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/github/tekton/template.yaml": [
      "1 template:default/tekton-template"
    ],
    "redhat-developer/red-hat-developer-hub-software-templates/templates/gitlab/python-backend/template.yaml":
      ["1 template:default/python-backend-template"],
  ]

  private static let folder = SharedFolder.path("catalogs")

  @Test(.enabled(if: SharedFolder.isPresent, "there is no ../shared here"))
  func `every real file gets its verdict`() throws {
    let found = FileManager.default.enumerator(atPath: Self.folder.path())?.compactMap { $0 as? String } ?? []

    #expect(found.filter { $0.hasSuffix(".yaml") }.sorted() == Self.verdicts.keys.sorted())
    for (path, verdict) in Self.verdicts {
      let file = CatalogFile.read(Array(try Data(contentsOf: Self.folder.appending(path: path))))
      #expect(Self.verdict(on: file) == verdict, "\(path)")
    }
  }

  private static func verdict(on file: CatalogFile) -> [String] {
    let documents = zip(file.documents, contents(file)).map { document, content in
      "\(document.line) \(content.replacing("(", with: "invalid ").replacing(")", with: ""))"
    }
    return documents
      + file.problems.map {
        "\($0.line):\($0.column) \($0.rule)\($0.keyPath.isEmpty ? "" : " \($0.keyPath)")"
      }
  }
}
