import CYAML

/// The library that parses.
package enum YAMLLibrary {
  /// Of libyaml as it runs: `0.2.5`.
  package static var version: String { String(cString: yaml_get_version_string()) }
}
