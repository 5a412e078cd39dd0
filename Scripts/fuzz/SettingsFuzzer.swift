@testable import Settings

/// Reads settings of any bytes, which may name a second file and a few variables; a fault traps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSettings(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let secret = "canary-3f9a"
  let files = FileAccess { path in
    switch path {
    case "/app-config.yaml": .success(bytes)
    case "/other.yaml": .success(Array("a: {b: [c, \(secret)]}".utf8))
    default: .failure(FileAccess.Problem(reason: "there is no such file", isMissing: true))
    }
  }

  func verdict() -> String {
    do throws(SettingsError) {
      let settings = try SettingsFiles.read(
        explicit: ["app-config.yaml"],
        folder: "/",
        environment: ["TOKEN": secret, "EMPTY": ""],
        files: files
      )
      return "\(settings.crawler) \(settings.scope) \(settings.warnings)"
    } catch {
      precondition(!error.problems.isEmpty, "refused without a reason")
      precondition(
        error.problems.allSatisfy { ($0.line ?? 1) >= 1 && ($0.column ?? 1) >= 1 },
        "no such place"
      )
      return error.description
    }
  }

  precondition(verdict() == verdict(), "two readings differ")
  return 0
}
