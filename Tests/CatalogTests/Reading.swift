import Catalog

/// A catalog file of one document, in whose parts a test puts what it is about.
func document(
  apiVersion: String = "backstage.io/v1alpha1",
  kind: String = "Component",
  metadata: String = "{name: web}",
  spec: String = "{type: service, lifecycle: production, owner: team-a}",
  more: String = ""
) -> String {
  "apiVersion: \(apiVersion)\nkind: \(kind)\nmetadata: \(metadata)\nspec: \(spec)\n\(more)"
}

func read(_ text: String) -> CatalogFile { CatalogFile.read(Array(text.utf8)) }

/// The problems of a file as `rule at key path`, in order.
func faults(_ text: String) -> [String] {
  read(text).problems.map { "\($0.rule) at \($0.keyPath)" }
}

/// The only entity of a file, or nil when the file is something else.
func onlyEntity(_ text: String) -> Entity? {
  let file = read(text)
  guard file.documents.count == 1, case .entity(let entity) = file.documents[0].content else { return nil }
  return entity
}

/// What each document of a file is: an entity's ref, or what an invalid one claims, in parentheses.
func contents(_ file: CatalogFile) -> [String] {
  file.documents.map { document in
    switch document.content {
    case .entity(let entity): "\(entity.ref)"
    case .invalid(let claimed?): "(\(claimed))"
    case .invalid(nil): "(unknown)"
    case .denied(let ref): "(not allowed: \(ref))"
    }
  }
}
