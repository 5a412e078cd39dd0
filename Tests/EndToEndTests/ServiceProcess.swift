import Foundation
import TestSupport
import Transport

/// The built program serving in a folder, and questions to it.
final class ServiceProcess: Sendable {
  struct NotServing: Error, CustomStringConvertible {
    var description: String
  }

  /// `http://127.0.0.1:PORT`.
  let address: String
  private let process: Process
  private let errors: URL
  private let ends: AsyncStream<Void>
  private let curl = CurlClient()

  /// Starts it and waits until it listens.
  ///
  /// - Parameter arguments: What comes behind `serve`.
  init(_ arguments: [String] = [], in folder: TemporaryFolder) async throws {
    process = Process()
    process.executableURL = ProgramRun.program
    process.arguments = ["serve", "--log-level", "debug"] + arguments
    process.currentDirectoryURL = folder.url
    let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "TZ": "UTC"]
    process.environment = environment.merging(ProgramRun.sanitizerOptions) { own, _ in own }
    let output = Pipe()
    process.standardOutput = output
    errors = folder.url.appending(path: "serve-\(UUID().uuidString)")
    try Data().write(to: errors)
    process.standardError = try FileHandle(forWritingTo: errors)
    let (ends, ended) = AsyncStream<Void>.makeStream()
    self.ends = ends
    process.terminationHandler = { _ in
      ended.yield()
      ended.finish()
    }
    try process.run()
    // Read up to the first line; the end of the process ends it too.
    let line = await Self.line(of: output.fileHandleForReading)
    guard let start = line.firstRange(of: "http://") else {
      process.waitUntilExit()
      throw NotServing(
        description: "exit \(process.terminationStatus): "
          + ((try? String(contentsOf: errors, encoding: .utf8)) ?? "")
      )
    }
    address = String(line[start.lowerBound...])
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    curl.close()
  }

  private static func line(of file: FileHandle) async -> String {
    await withCheckedContinuation { continuation in
      let text = Locked("")
      file.readabilityHandler = { file in
        let data = file.availableData
        let line = text.withLock { text -> String? in
          text += String(decoding: data, as: UTF8.self)
          return text.contains("\n") || data.isEmpty ? text : nil
        }
        guard let line else { return }
        file.readabilityHandler = nil
        continuation.resume(returning: line.trimmingCharacters(in: .whitespacesAndNewlines))
      }
    }
  }

  /// What it has written to its log.
  var log: String { get throws { try String(contentsOf: errors, encoding: .utf8) } }

  var identifier: Int32 { process.processIdentifier }

  func send(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for its end.
  ///
  /// - Returns: The exit code; for one that was killed the negative number of the signal.
  func end() async -> Int32 {
    for await _ in ends { break }
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  func stop(_ number: Int32 = SIGTERM) async -> Int32 {
    send(number)
    return await end()
  }

  /// - Parameter token: Sent as a bearer token; nil for none.
  func get(_ path: String, token: String? = nil) async throws -> (status: Int, body: String) {
    var request = HTTPRequest(url: address + path)
    if let token { request.headers.append((name: "Authorization", value: "Bearer \(token)")) }
    let response = try await curl.send(request)
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  /// - Parameter headers: Besides the type of the body.
  func post(
    _ path: String,
    _ json: String,
    headers: [(name: String, value: String)] = []
  ) async throws -> (status: Int, body: String) {
    let request = HTTPRequest(
      method: .post,
      url: address + path,
      headers: [(name: "Content-Type", value: "application/json")] + headers,
      body: Array(json.utf8)
    )
    let response = try await curl.send(request)
    return (response.status, String(decoding: response.body, as: UTF8.self))
  }

  /// Asks until an answer says what is wanted.
  func waitFor(_ path: String, _ isWanted: (String) -> Bool) async throws {
    try await until { isWanted(try await get(path).body) }
  }
}
