import Foundation
import NIOCore
import TestSupport

/// What a gzip holds, by the system's own program.
enum Unpacked {
  static func text(of buffer: ByteBuffer) throws -> String {
    let folder = try TemporaryFolder()
    let path = folder.path("answer.gz")
    try Data(buffer.readableBytesView).write(to: URL(filePath: path))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
