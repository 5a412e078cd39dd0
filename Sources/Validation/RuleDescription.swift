/// What the rules that a problem names are about.
enum RuleDescription {
  /// A sentence; of a rule that is not known here, its name in words.
  static func text(of rule: String) -> String {
    texts[rule] ?? "\(rule.replacing("-", with: " ")) is as the format of catalog files wants it"
  }

  static let texts = [
    "api-version-format": "apiVersion is a version such as backstage.io/v1alpha1",
    "annotation-key-format": "Keys of annotations are names with or without a DNS name before them",
    "choice": "The value is one of those that the field allows",
    "duplicate-ref": "An entity stands in one place only",
    "empty": "The value is not empty",
    "entity-ref": "A reference is [kind:][namespace/]name",
    "kind-not-allowed": "The rules of the settings allow the kind where it stands",
    "key-case": "Keys of a document differ in more than letter case, which searches do not tell apart",
    "kind-format": "kind is 1 to 63 letters and digits, a letter first",
    "label-key-format": "Keys of labels are names with or without a DNS name before them",
    "label-value-format": "Values of labels are empty or 1 to 63 letters, digits, '-', '_' or '.'",
    "link-icon-format": "The icon of a link is a name",
    "link-title-format": "The title of a link is not blank",
    "link-url-format": "The url of a link is an absolute URL",
    "metadata-name-format": "metadata.name is 1 to 63 letters, digits, '-', '_' or '.'",
    "metadata-namespace-format": "metadata.namespace is 1 to 63 lower-case letters, digits or '-'",
    "location-type": "A location is of a type that can be read here",
    "missing": "A field that the kind requires is there",
    "more-problems": "Further problems of a document are counted",
    "placeholder-content": "The file that a placeholder names is what the placeholder wants",
    "placeholder-file": "The file that a placeholder names can be read",
    "placeholder-limit": "Placeholders take in a bounded number and size of files",
    "placeholder-value": "A placeholder names a file",
    "root-type": "A document is a mapping",
    "tag-format": "Tags are 1 to 63 lower-case letters, digits, ':', '+' or '#' in parts joined by '-'",
    "target-absent": "A file that a Location names is there",
    "target-address": "A target is a path or the address of a file in Azure DevOps",
    "target-host": "The host of a target is configured",
    "target-repository": "The repository of a target answers questions",
    "type": "The value is of the type that the field wants",
    "unknown-api-version": "The apiVersion is a known one of the kind",
    "unknown-field": "A document has no other fields than apiVersion, kind, metadata and spec",
    "unknown-kind": "The kind is a known one",
    "unreadable": "The file can be read",
    "yaml-alias": "Aliases name anchors and expand to a bounded size",
    "yaml-duplicate-key": "Keys of a mapping are different",
    "yaml-encoding": "The file is UTF-8",
    "yaml-limit": "The file keeps to the limits of size, depth and number of documents",
    "yaml-syntax": "The text is YAML",
  ]
}
