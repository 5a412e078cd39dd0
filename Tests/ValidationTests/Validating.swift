import Validation

/// The report on files, given as their paths and texts in the order of the paths.
func report(_ files: KeyValuePairs<String, String>) -> ValidationReport {
  var validator = Validator()
  for (path, text) in files { validator.add(Array(text.utf8), path: path) }
  return validator.report
}

/// The report on one file, as people see it.
func shown(_ text: String, path: String = "a.yaml") -> String {
  ValidationText.text(of: report([path: text]), isColoured: false)
}

/// An entity that nothing is wrong with.
let good = """
  apiVersion: backstage.io/v1alpha1
  kind: Component
  metadata: {name: web}
  spec: {type: service, lifecycle: production, owner: team-a}

  """
