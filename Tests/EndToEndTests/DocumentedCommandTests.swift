import Foundation
import Settings
import Testing

/// What is written of commands, options and settings is so, and nothing is left out.
struct DocumentedCommandTests {
  /// What is read besides the pages: settings, units and scripts that people copy.
  private static let folders = ["Examples/cron", "Examples/systemd", "Examples/reporting", "Scripts/package"]

  /// The pages, and what people copy, by name.
  static func pages() throws -> [(name: String, text: String)] {
    func text(_ name: String) throws -> String {
      try String(contentsOf: Crawling.checkout.appending(path: name), encoding: .utf8)
    }
    func names(in folder: String) throws -> [String] {
      try FileManager.default
        .contentsOfDirectory(atPath: Crawling.checkout.appending(path: folder).path(percentEncoded: false))
        .sorted().map { "\(folder)/\($0)" }
    }
    var pages = try (names(in: "docs").filter { $0.hasSuffix(".md") } + ["README.md"])
      .map { (name: $0, text: try text($0)) }
    // All of these is code.
    pages += try folders.flatMap(names).map { (name: $0, text: "```\n" + (try text($0)) + "\n```\n") }
    return pages
  }

  /// What is wrong with the commands in a text.
  private static func faults(in text: String, _ help: ProgramHelp) -> [String] {
    text.matches(of: /(?:^|[^\w-])(?:catalog-crawler )+([^|>#&`]*)/).compactMap { match in
      var words = match.output.1.split(separator: " ").map(String.init)
      // A command that a sentence quotes ends with the quote.
      if let end = words.firstIndex(where: { $0.firstMatch(of: /^[a-z-]+'/) != nil }) {
        words = words[..<end] + [String(words[end].prefix { $0 != "'" })]
      }
      guard let first = words.first, first.first?.isLetter == true, first.first?.isLowercase == true else {
        return nil
      }
      var command = help.command
      var rest = words[...]
      while !command.children.isEmpty, let word = rest.first {
        guard let child = command.children.first(where: { $0.commandName == word }) else {
          return "there is no command '\(word)' in: catalog-crawler \(match.output.1)"
        }
        command = child
        rest = rest.dropFirst()
      }
      let options = rest.filter { $0.hasPrefix("--") }
        .map { String($0.prefix { $0.isLetter || $0 == "-" }) }
      let unknown = options.first { !command.options.union(["--help", "--version"]).contains($0) }
      return unknown.map { "\(command.commandName) has no \($0) in: catalog-crawler \(match.output.1)" }
    }
  }

  @Test func `every command and option that a page shows exists`() throws {
    let help = try ProgramHelp()
    let simulator = try ProgramHelp(of: "azure-simulator")
    let known = help.command.leaves().reduce(into: help.command.options) { $0.formUnion($1.command.options) }
      .union(simulator.command.options)
      .union(try Self.optionsOfScripts())
      // Of others, which the pages say: git, swift, datasette.
      .union(["--help", "--version", "--immutable"])
    var count = 0
    for page in try Self.pages() {
      for piece in CodeOfPage.pieces(of: page.text) {
        #expect(Self.faults(in: piece, help) == [], "\(page.name)")
        guard piece.hasPrefix("--"), piece.dropFirst(2).first?.isLetter == true else { continue }
        let option = String(piece.prefix { $0.isLetter || $0 == "-" })
        #expect(known.contains(option), "\(page.name): no command has \(option)")
        count += 1
      }
    }
    #expect(count > 30)
  }

  /// What the heads of the scripts explain.
  private static func optionsOfScripts() throws -> Set<String> {
    let folder = Crawling.checkout.appending(path: "Scripts")
    let scripts = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return try scripts.filter { $0.pathExtension == "sh" }.reduce(into: []) { options, script in
      let head = try String(contentsOf: script, encoding: .utf8).split(separator: "\n").prefix {
        $0.hasPrefix("#")
      }
      for line in head { options.formUnion(line.matches(of: /--[a-z][a-z-]*/).map { String($0.output) }) }
    }
  }

  @Test func `the example for Kubernetes has a command that exists`() throws {
    let file = Crawling.checkout.appending(path: "Examples/kubernetes/cronjob.yaml")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.hasSuffix("args:") })
    let words = lines[(start + 1)...].map { $0.drop { $0 == " " } }.prefix { $0.hasPrefix("- ") }.map {
      $0.dropFirst(2)
    }

    #expect(words.first == "sync")
    #expect(Self.faults(in: "catalog-crawler " + words.joined(separator: " "), try ProgramHelp()) == [])
  }

  @Test func `a command or option that does not exist is found`() throws {
    let help = try ProgramHelp()

    #expect(Self.faults(in: "catalog-crawler snyc", help).count == 1)
    #expect(Self.faults(in: "run: catalog-crawler auth chek --json", help).count == 1)
    #expect(Self.faults(in: "catalog-crawler sync --jsno", help).count == 1)
    #expect(Self.faults(in: "catalog-crawler sync --json # --jsno", help) == [])
    #expect(Self.faults(in: "run 'catalog-crawler database migrate' to bring it up", help) == [])
    #expect(Self.faults(in: "run 'catalog-crawler database migrat' to bring it up", help).count == 1)
    #expect(Self.faults(in: "ExecStart=/usr/bin/catalog-crawler sevre --config a", help).count == 1)
    #expect(Self.faults(in: "0 3 * * * catalog-crawler catalog-crawler snyc", help).count == 1)
  }

  @Test func `examples in the help can be typed`() throws {
    let help = try ProgramHelp()
    for (name, command) in help.command.leaves() where command.shouldDisplay != false {
      let discussion = command.discussion ?? ""
      #expect(discussion.contains("Examples:\n"), "\(name) shows no example")
      for line in discussion.split(separator: "\n") where line.hasPrefix("  ") {
        #expect(Self.faults(in: String(line), help) == [], "\(name)")
      }
    }
  }

  @Test func `every command of the program is in docs/commands.md, with its options`() throws {
    let page = try #require(try Self.pages().first { $0.name == "docs/commands.md" }).text
    let commands = try ProgramHelp().command.leaves().filter { $0.command.shouldDisplay != false }

    #expect(commands.count > 20)
    for (name, command) in commands {
      #expect(page.contains("`catalog-crawler \(name)"), "\(name) is not in docs/commands.md")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        let options = argument.options.filter { $0.hasPrefix("--") && $0 != "--help" && $0 != "--version" }
        for option in options {
          #expect(page.contains(option), "\(option) of \(name) is not in docs/commands.md")
        }
      }
    }
  }

  @Test func `every command that reports something does so in JSON too`() throws {
    // They report nothing, or write formats of their own.
    let others: Set = ["completions", "export", "serve"]
    for (name, command) in try ProgramHelp().command.leaves() where command.shouldDisplay != false {
      guard !others.contains(name) else { continue }
      #expect(command.options.contains("--json"), "\(name) has no --json")
    }
  }

  @Test func `every setting is in docs/settings.md, and every one there is a setting`() throws {
    let page = try #require(try Self.pages().first { $0.name == "docs/settings.md" }).text
    let known = Set(SettingsTable.keys.map(\.path))
    let named = Set(page.matches(of: /\n\| `([a-z][A-Za-z.\[\]]+)` \|/).map { String($0.output.1) })

    #expect(named.count > 30)
    for key in named.sorted() {
      #expect(known.contains(key.replacing(/\[\]$/, with: "")), "\(key) is not read")
    }
    for key in SettingsTable.keys {
      let name = key.member.name
      #expect(page.contains(name), "\(key.path) is not in docs/settings.md")
    }
  }
}
