package import Catalog
package import Settings
import YAML

/// What a catalog file is judged by: the program's rules and the limits of the settings.
package struct JudgingRules: Sendable {
  package let limits: CatalogLimits
  /// Stands for all of it: a stored verdict counts as long as the number is the same.
  package let version: Int64

  /// How much a file may hold.
  package static func limits(_ yaml: YAMLSettings) -> CatalogLimits {
    var limits = CatalogLimits()
    limits.yaml.maxBytes = yaml.maxBytes
    limits.yaml.maxDepth = yaml.maxDepth
    limits.yaml.maxAliases = yaml.maxAliases
    return limits
  }

  /// - Parameter contexts: What the settings say of the files besides.
  package init(_ yaml: YAMLSettings, contexts: FileContexts) {
    limits = Self.limits(yaml)
    var text = "\(CatalogFile.rulesVersion) \(yaml.maxBytes) \(yaml.maxDepth) \(yaml.maxAliases)\n"
    text += contexts.version
    version = Self.hash(text)
  }

  /// FNV-1a, because the number must be the same in every process.
  static func hash(_ text: String) -> Int64 {
    let hash = text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return Int64(bitPattern: hash)
  }
}
