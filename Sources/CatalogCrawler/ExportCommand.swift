import ArgumentParser
import CatalogStore
import Foundation
import Reporting

/// Writes the catalog out for other programs.
struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the catalog out: for other databases, for git, for Backstage.",
    discussion: """
      Entities come by ref with sorted keys and without times, so that the same catalog gives the same text.

      ndjson, json            each entity as Backstage's API has it, relations among it; in a folder entities.ndjson, or
                              kind/namespace/name.json
      yaml                    each entity as a document; in a folder kind/namespace/name.yaml
      csv                     the columns of report_entities; in a folder entities.csv
      backstage-locations     Locations whose targets are the catalog files; in a folder catalog-locations.yaml

      A folder is written aside and put in place when it is whole; it replaces an earlier export and nothing else.

      Examples:
        catalog-crawler export --format ndjson - | gzip > catalog.ndjson.gz
        catalog-crawler export --format yaml catalog && git add catalog
      """
  )

  @OptionGroup var options: ReadingOptions

  @Option(name: .long, help: "ndjson, json, yaml, csv or backstage-locations.")
  var format: ExportFormat?

  @Flag(name: .long, help: "The same as --format json.")
  var json = false

  @Argument(help: "A folder, or - for the standard output.")
  var destination: String

  func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
    if format == nil, !json {
      throw ValidationError("expected --format ndjson, json, yaml, csv or backstage-locations")
    }
    if destination.isEmpty { throw ValidationError("expected a folder or -, got an empty argument") }
  }

  func run() async throws {
    let format = json ? .json : format ?? .ndjson
    try await options.reading { database in
      let export = Export(database: database, format: format)
      guard destination != "-" else { return try export.write() }
      do {
        var folder = try ExportFolder(path: destination)
        do {
          try export.write(to: &folder)
          try folder.finish()
        } catch {
          folder.discard()
          throw error
        }
      } catch let error as ExportFolderError {
        StandardError.print("error: \(error)")
        throw ExitCode(ExitCodes.nothingDone)
      } catch let error as CocoaError {
        StandardError.print("error: \(destination) cannot be written: \(error.localizedDescription)")
        throw ExitCode(ExitCodes.nothingDone)
      }
    }
  }
}

enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
  case ndjson
  case json
  case yaml
  case csv
  case backstageLocations = "backstage-locations"
}

/// One export, entity by entity.
struct Export {
  let database: CatalogDatabase
  let format: ExportFormat

  /// To the standard output, as one text.
  func write() throws { try write(to: OutputBuffer()) }

  /// As the files of a folder.
  func write(to folder: inout ExportFolder) throws {
    switch format {
    case .ndjson: try write("entities.ndjson", of: &folder)
    case .csv: try write("entities.csv", of: &folder)
    case .backstageLocations: try write("catalog-locations.yaml", of: &folder)
    case .json:
      try database.exportEntities { entity in
        try folder.write(json(of: entity) + "\n", to: ExportFolder.path(ofRef: entity.ref, suffix: ".json"))
      }
    case .yaml:
      try database.exportEntities { entity in
        try folder.write(yaml(of: entity), to: ExportFolder.path(ofRef: entity.ref, suffix: ".yaml"))
      }
    }
  }

  private func write(_ name: String, of folder: inout ExportFolder) throws {
    let file = try folder.handle(to: name)
    try write(to: OutputBuffer(file, name: name))
    try file.close()
  }

  private func write(to output: OutputBuffer) throws {
    var output = output
    switch format {
    case .ndjson: try database.exportEntities { try output.write(json(of: $0) + "\n") }
    case .json:
      var isFirst = true
      try database.exportEntities { entity in
        try output.write((isFirst ? "[\n" : ",\n") + json(of: entity))
        isFirst = false
      }
      try output.write(isFirst ? "[]\n" : "\n]\n")
    case .yaml: try database.exportEntities { try output.write("---\n" + yaml(of: $0)) }
    case .csv:
      var rows = CSVOutput(output: output)
      try database.exportRows(to: &rows)
      try rows.end()
      output = rows.output
    case .backstageLocations: try writeLocations(to: &output)
    }
    try output.flush()
  }

  private func json(of entity: ExportedEntity) -> String {
    EntityText(json: entity.json)?.json(
      adding: EntityText.Additions(uid: entity.uid, etag: entity.etag, relations: entity.relations)
    ) ?? entity.json
  }

  private func yaml(of entity: ExportedEntity) -> String { EntityText(json: entity.json)?.yaml ?? "" }

  private func writeLocations(to output: inout OutputBuffer) throws {
    var current: ExportedTarget?
    var names: Set<String> = []
    try database.exportTargets { target in
      if target.organization != current?.organization || target.host != current?.host || current == nil {
        try output.write(LocationText.head(of: target, names: &names))
      }
      current = target
      try output.write(LocationText.line(target.url))
    }
  }

  private struct CSVOutput: RowReceiver {
    var output: OutputBuffer
    var writer: RowWriter?

    init(output: OutputBuffer) { self.output = output }

    mutating func begin(columns: [String]) { writer = RowWriter(.csv, columns: columns) }
    mutating func receive(_ row: [Cell]) throws { try output.write(writer?.add(row) ?? "") }
    mutating func end() throws { try output.write(writer?.end() ?? "") }
  }
}

/// Entities of kind Location, one for each organization, as a text.
private enum LocationText {
  /// The most characters that a name of an entity has (facts/backstage-catalog.md 1.4).
  private static let maxName = 63

  static func head(of target: ExportedTarget, names: inout Set<String>) -> String {
    let owner =
      target.organization.map { target.host == "dev.azure.com" ? $0 : "\(target.host)-\($0)" } ?? "registered"
    var letters = owner.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value))
        ? Character(scalar) : "-"
    }
    while letters.last == "-" { letters.removeLast() }
    var name = "catalog-crawler-" + String(letters.prefix(maxName - 24))
    while name.last == "-" { name.removeLast() }
    let base = name
    var number = 2
    while !names.insert(name).inserted {
      name = "\(base)-\(number)"
      number += 1
    }
    return """
      ---
      apiVersion: backstage.io/v1alpha1
      kind: Location
      metadata:
        name: \(name)
      spec:
        type: url
        targets:

      """
  }

  static func line(_ url: String) -> String { "    - " + EntityText.yamlScalar(url) + "\n" }
}
