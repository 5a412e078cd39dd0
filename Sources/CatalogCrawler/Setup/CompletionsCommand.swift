import ArgumentParser
import CatalogStore
import Foundation
import Reporting
import Settings

/// Prints the script that lets a shell complete what people type.
struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a script that lets a shell complete commands, options and values.",
    discussion: """
      The packages install it already.

      Examples:
        catalog-crawler completions bash > ~/.local/share/bash-completion/completions/catalog-crawler
        catalog-crawler completions zsh > ~/.zfunc/_catalog-crawler
        catalog-crawler completions fish > ~/.config/fish/completions/catalog-crawler.fish
      """
  )

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash
    case zsh
    case fish
  }

  @Argument(help: "The shell: bash, zsh or fish.")
  var shell: Shell

  func run() {
    let shell: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    print(CatalogCrawler.completionScript(for: shell))
  }
}

/// Prints the manual page; for packages.
struct ManualPageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual-page",
    abstract: "Print the manual page, made of the help of all commands.",
    discussion: """
      Examples:
        catalog-crawler manual-page > catalog-crawler.1
        catalog-crawler manual-page | man -l -
      """,
    shouldDisplay: false
  )

  func run() throws {
    let page = try ManualPage(
      helpJSON: CatalogCrawler._dumpHelp(),
      version: Program.version,
      date: Program.date
    )
    print(page.text, terminator: "")
  }
}

extension CompletionKind {
  /// Files of settings.
  static let settingsFile = CompletionKind.file(extensions: ["yaml", "yml"])

  /// The organizations of the settings of this folder, those included whose credentials cannot be used here.
  static let organization = CompletionKind.custom { _, _, _ in
    let resolved = try? SettingsFiles.resolve(
      explicit: [],
      folder: FileManager.default.currentDirectoryPath,
      environment: ProcessInfo.processInfo.environment
    )
    guard let resolved else { return [] }
    if let scope = resolved.values?.scope { return scope.map(\.name) }
    return resolved.settings.flatMap { setting -> [String] in
      guard setting.keyPath.hasSuffix(".organizations") || setting.keyPath.hasSuffix(".organization") else {
        return []
      }
      switch setting.value {
      case .text(let name): return [name]
      case .list(let names):
        return names.compactMap { if case .text(let name) = $0 { name } else { nil } }
      default: return []
      }
    }
  }

  /// The names of the reports.
  static let report = CompletionKind.list(ReportQuery.all.map { String($0.view.dropFirst("report_".count)) })
}
