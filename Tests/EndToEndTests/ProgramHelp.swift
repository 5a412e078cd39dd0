import Foundation

/// What a built program says of its commands and their options.
struct ProgramHelp: Decodable {
  struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }

      var shouldDisplay: Bool
      var names: [Name]?

      /// `--format`, `-q`.
      var options: [String] { (names ?? []).map { ($0.kind == "long" ? "--" : "-") + $0.name } }
    }

    var commandName: String
    var shouldDisplay: Bool?
    var discussion: String?
    var subcommands: [Command]?
    var arguments: [Argument]?

    /// Its subcommands, without the one that shows help.
    var children: [Command] { (subcommands ?? []).filter { $0.commandName != "help" } }
    var options: Set<String> { Set((arguments ?? []).flatMap(\.options)) }

    /// The commands that do something, with the words that call them.
    func leaves(after words: [String] = []) -> [(name: String, command: Command)] {
      children.flatMap { child -> [(name: String, command: Command)] in
        let name = words + [child.commandName]
        return child.children.isEmpty ? [(name.joined(separator: " "), child)] : child.leaves(after: name)
      }
    }
  }

  var command: Command

  /// Asks a program that is built beside the tests.
  init(of program: String = "catalog-crawler") throws {
    let process = Process()
    process.executableURL = ProgramRun.program.deletingLastPathComponent().appending(path: program)
    process.arguments = ["--experimental-dump-help"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    self = try JSONDecoder().decode(ProgramHelp.self, from: data)
  }
}

/// The code in a page of documentation: spans and blocks.
enum CodeOfPage {
  static func pieces(of text: String) -> [String] {
    var pieces: [String] = []
    var isBlock = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isBlock.toggle()
      } else if isBlock {
        pieces.append(String(line))
      } else {
        pieces += line.matches(of: /`([^`]+)`/).map { String($0.output.1) }
      }
    }
    return pieces
  }

  /// The blocks of a language, without what they are indented by.
  static func blocks(of text: String, _ language: String) -> [String] {
    var blocks: [String] = []
    var lines: [Substring]?
    var margin = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let body = line.drop { $0 == " " }
      if let found = lines {
        if body.hasPrefix("```") {
          blocks.append(found.joined(separator: "\n") + "\n")
          lines = nil
        } else {
          lines?.append(line.dropFirst(min(margin, line.count - body.count)))
        }
      } else if body == "```\(language)" {
        margin = line.count - body.count
        lines = []
      }
    }
    return blocks
  }
}
