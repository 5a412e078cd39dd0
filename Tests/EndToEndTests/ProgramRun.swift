import Foundation
import TestSupport

/// A run of the built program in a folder.
struct ProgramRun: Sendable {
  var code: Int32
  var output: String
  var errors: String

  static let program = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "catalog-crawler")

  /// What tells a program that is built with a sanitizer what to do (`Scripts/sanitize.sh`); empty without one.
  static let sanitizerOptions = ProcessInfo.processInfo.environment.filter { name, _ in
    ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains(name)
  }

  /// Runs the program and waits for its end.
  ///
  /// - Parameters:
  ///   - environment: All that the program sees of the environment, besides `sanitizerOptions`.
  ///   - executable: What is run in place of the program.
  ///   - begun: Called with the process once it runs.
  init(
    _ arguments: [String],
    in folder: TemporaryFolder,
    environment: [String: String],
    executable: URL = program,
    begun: @Sendable (Process) async -> Void = { _ in }
  ) async throws {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder.url
    process.environment = environment.merging(Self.sanitizerOptions) { own, _ in own }
    let names = ["stdout-\(UUID().uuidString)", "stderr-\(UUID().uuidString)"]
    let files = names.map { folder.url.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    let (ends, ended) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in ended.yield() }
    try process.run()
    await begun(process)
    for await _ in ends { break }
    code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    output = try String(contentsOf: files[0], encoding: .utf8)
    errors = try String(contentsOf: files[1], encoding: .utf8)
  }
}
