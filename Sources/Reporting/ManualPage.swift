import Foundation

/// A manual page (section 1), made of the commands' own help.
package struct ManualPage {
  /// The page in the language of man(7).
  package let text: String

  /// - Parameters:
  ///   - helpJSON: What the program prints for `--experimental-dump-help`.
  ///   - version: The program's.
  ///   - date: When that version came out, as 2026-03-01.
  /// - Throws: `DecodingError` when the text is not that.
  package init(helpJSON: String, version: String, date: String) throws {
    let tool = try JSONDecoder().decode(Tool.self, from: Data(helpJSON.utf8))
    var writer = RoffWriter()
    // The date as it is: its hyphens are no minus signs.
    let name = RoffWriter.escaped(tool.command.commandName)
    writer.line(".TH \"\(name.uppercased())\" \"1\" \"\(date)\" \"\(name) \(RoffWriter.escaped(version))\"")
    writer.macro("SH", ["NAME"])
    writer.line(
      "\(tool.command.commandName) \\- \(RoffWriter.escaped(Self.lowercasedFirst(tool.command.abstract ?? "")))"
    )
    writer.macro("SH", ["SYNOPSIS"])
    writer.bold(tool.command.commandName)
    writer.line("\\fICOMMAND\\fR [\\fIOPTIONS\\fR]")
    writer.macro("SH", ["COMMANDS"])
    for command in tool.command.visibleSubcommands {
      Self.write(command, after: tool.command.commandName, to: &writer)
    }
    writer.macro("SH", ["ENVIRONMENT"])
    for (name, meaning) in Self.variables {
      writer.macro("TP")
      writer.bold(name)
      writer.paragraph(meaning)
    }
    writer.macro("SH", ["FILES"])
    for (name, meaning) in Self.files {
      writer.macro("TP")
      writer.bold(name)
      writer.paragraph(meaning)
    }
    text = writer.text
  }

  private static let variables = [
    ("NO_COLOR", "When it is not empty nothing is coloured."),
    (
      "HTTPS_PROXY, NO_PROXY",
      "The proxy, unless crawler.proxy names one, and the hosts that are reached without."
    ),
    ("APP_CONFIG_a_b_c", "Sets a.b.c of the settings; wins over every file."),
  ]
  private static let files = [
    ("app-config.yaml, app-config.local.yaml", "The settings, when --config names no other file."),
    (
      "catalog.sqlite",
      "The database, beside the settings, when neither --database nor crawler.database names another."
    ),
  ]

  private static func write(_ command: Command, after prefix: String, to writer: inout RoffWriter) {
    let name = "\(prefix) \(command.commandName)"
    let subcommands = command.visibleSubcommands
    guard subcommands.isEmpty else {
      for subcommand in subcommands { write(subcommand, after: name, to: &writer) }
      return
    }
    writer.macro("SS", [name])
    writer.line("\\fB\(RoffWriter.escaped(name))\\fR \(synopsis(of: command))")
    writer.macro("PP")
    writer.paragraph(command.abstract ?? "")
    if let discussion = command.discussion {
      writer.macro("PP")
      writer.discussion(discussion)
    }
    for argument in command.visibleArguments {
      writer.macro("TP")
      writer.line(argument.heading)
      writer.paragraph(argument.explanation)
    }
  }

  private static func synopsis(of command: Command) -> String {
    let arguments = command.visibleArguments
    var parts = arguments.contains { $0.kind != "positional" } ? ["[\\fIOPTIONS\\fR]"] : []
    parts += arguments.filter { $0.kind == "positional" }.map { argument in
      let name = "\\fI\(RoffWriter.escaped((argument.valueName ?? "value").uppercased()))\\fR"
      let repeated = argument.isRepeating ? name + " ..." : name
      return argument.isOptional ? "[\(repeated)]" : repeated
    }
    return parts.joined(separator: " ")
  }

  private static func lowercasedFirst(_ text: String) -> String {
    let text = text.hasSuffix(".") ? String(text.dropLast()) : text
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

// MARK: - The program's help

extension ManualPage {
  private struct Tool: Decodable {
    var command: Command
  }

  private struct Command: Decodable {
    var commandName: String
    var abstract: String?
    var discussion: String?
    var shouldDisplay: Bool?
    var subcommands: [Command]?
    var arguments: [Argument]?

    var visibleSubcommands: [Command] {
      (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }
    var visibleArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
  }

  private struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    var kind: String
    var shouldDisplay: Bool
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var abstract: String?
    var discussion: String?

    var heading: String {
      let value = "\\fI\(RoffWriter.escaped((valueName ?? "value").uppercased()))\\fR"
      guard let names, kind != "positional" else { return value }
      // The short one first, as in other pages.
      let texts = names.map(\.text).sorted { $0.count < $1.count }
      let list = texts.map { "\\fB\(RoffWriter.escaped($0))\\fR" }.joined(separator: ", ")
      return kind == "flag" ? list : "\(list) \(value)"
    }

    var explanation: String {
      var texts = [abstract, discussion].compactMap { $0 }
      if let defaultValue, kind == "option" { texts.append("Default: \(defaultValue).") }
      return texts.joined(separator: " ")
    }
  }
}
