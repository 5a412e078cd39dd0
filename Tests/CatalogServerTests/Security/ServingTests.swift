import CatalogStore
import Crypto
import Foundation
import Hummingbird
import HummingbirdCore
import NIOCore
import Settings
import SwiftASN1
import TestSupport
import Testing
import Transport
import X509

@testable import CatalogServer

@Suite("Serving within limits")
struct ServingTests {
  private static func settings(_ change: (inout APILimits) -> Void) -> CrawlerSettings {
    var settings = CrawlerSettings()
    change(&settings.crawler.api.limits)
    return settings
  }

  @Test("a client that does not finish the head of its request is cut off")
  func slowHead() async throws {
    try await Served.run(Self.settings { $0.idle = .milliseconds(200) }) { port, _ in
      let socket = try ClientSocket(port: port)
      try socket.send("GET /healthz HTTP/1.1\r\nHost: local")
      #expect(await socket.receiveAll() == "")
    }
  }

  @Test("a client that does not finish the body of its request is cut off")
  func slowBody() async throws {
    try await Served.run(Self.settings { $0.body = .milliseconds(200) }) { port, _ in
      let socket = try ClientSocket(port: port)
      try socket.send("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\ntoken")
      #expect(await socket.receiveAll() == "")
    }
  }

  @Test("a connection without a request is closed after a while, and one with requests is not")
  func idle() async throws {
    try await Served.run(Self.settings { $0.idle = .milliseconds(300) }) { port, _ in
      let socket = try ClientSocket(port: port)
      try socket.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
      let answer = await socket.receiveAll()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix(#"{"status":"ok"}"#))
    }
  }

  @Test("a head that is too large is refused, and one of a strange host too")
  func largeHead() async throws {
    try await Served.run(Self.settings { $0.headerBytes = 2048 }) { port, _ in
      for head in [
        "X: \(String(repeating: "x", count: 3000))\r\n",
        (0..<120).map { "X-\($0): y\r\n" }.joined(),
      ] {
        let socket = try ClientSocket(port: port)
        try socket.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(head)\r\n")
        let answer = await socket.receiveAll()
        #expect(answer == "" || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
      }
      for host in ["Host: evil.example\r\n", ""] {
        let socket = try ClientSocket(port: port)
        try socket.send("GET /metrics HTTP/1.1\r\n\(host)Connection: close\r\n\r\n")
        #expect(await socket.receiveAll().hasPrefix("HTTP/1.1 403 "))
      }
    }
  }

  @Test("a body without end is refused when it is too large, and the connection ends")
  func endlessBody() async throws {
    try await Served.run(Self.settings { $0.bodyBytes = 4096 }) { port, _ in
      let socket = try ClientSocket(port: port)
      try socket.send("POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<5 { try socket.send("400\r\n\(String(repeating: "x", count: 1024))\r\n") }
      #expect(await socket.receiveAll().hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test("what is no HTTP is refused, and the connection ends without waiting for the client")
  func noHTTP() async throws {
    try await Served.run(Self.settings { $0.idle = .seconds(3600) }) { port, _ in
      let socket = try ClientSocket(port: port)
      try socket.send("nonsense\r\n\r\n")
      #expect(await socket.receiveAll().hasPrefix("HTTP/1.1 400 "))
    }
  }

  @Test("a client that takes nothing of an answer is cut off", .timeLimit(.minutes(1)))
  func stalled() async throws {
    let (ends, ended) = AsyncStream.makeStream(of: Void.self)
    let router = Router(context: CatalogRequestContext.self)
    router.get("endless") { _, _ in
      Response(
        status: .ok,
        body: ResponseBody { writer in
          let piece = ByteBuffer(repeating: 0x78, count: 1 << 16)
          do {
            while true { try await writer.write(piece) }
          } catch {
            ended.yield()
            throw error
          }
        }
      )
    }
    var limits = APILimits()
    limits.stall = .milliseconds(200)
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router,
      server: .service(limits, nil),
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { announce.yield($0.localAddress?.port ?? 0) },
      logger: LogRecorder().logger
    )
    try await Served.run(application, ports) { port in
      let socket = try ClientSocket(port: port)
      try socket.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
      for await _ in ends { break }
      withExtendedLifetime(socket) {}
    }
  }

  @Test("the service refuses to listen where others reach it without tokens")
  func refusal() throws {
    let folder = try TemporaryFolder()
    let parts = ServerParts(
      database: try .open(at: folder.path("catalog.db")),
      commands: RecordedCommands(),
      settings: { CrawlerSettings() },
      logger: LogRecorder().logger
    )
    #expect(throws: SettingsError.self) {
      _ = try CatalogServer.application(parts, at: ListenAddress(host: "0.0.0.0", port: 0))
    }
  }
}

@Suite("TLS by certificate files")
struct CertificateTests {
  /// Writes a certificate for `localhost` and its key.
  static func write(_ name: String, to folder: TemporaryFolder) throws -> [UInt8] {
    let key = P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName(name) }
    let certificate = try X509.Certificate(
      version: .v3,
      serialNumber: .init(),
      publicKey: .init(key.publicKey),
      notValidBefore: Date() - 3600,
      notValidAfter: Date() + 86_400,
      issuer: subject,
      subject: subject,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try .init { SubjectAlternativeNames([.dnsName("localhost")]) },
      issuerPrivateKey: .init(key)
    )
    let pem = try certificate.serializeAsPEM().pemString
    try folder.write(pem, to: "cert.pem")
    try folder.write(key.pemRepresentation, to: "key.pem")
    return Array(pem.utf8)
  }

  private static func files(_ folder: TemporaryFolder) -> TLSFiles {
    TLSFiles(certificateFile: folder.path("cert.pem"), keyFile: folder.path("key.pem"))
  }

  @Test("a new certificate is shown once its files are there, and a bad one never is")
  func reload() async throws {
    let folder = try TemporaryFolder()
    let first = try Self.write("first", to: folder)
    let log = LogRecorder()
    let (files, other) = (Self.files(folder), try TemporaryFolder())
    let wanted = Locked<TLSFiles?>(files)
    let certificate = try ServiceCertificate(files, files: { wanted.withLock { $0 } }, logger: log.logger)
    let router = Router(context: CatalogRequestContext.self)
    router.get("healthz") { _, _ in Response.json("{}") }
    let (ports, announce) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router,
      server: .service(APILimits(), certificate),
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { announce.yield($0.localAddress?.port ?? 0) },
      logger: log.logger
    )
    try await Served.run(application, ports) { port in
      let curl = CurlClient()
      defer { curl.close() }
      func isServed(_ pem: [UInt8]) async -> Bool {
        var request = Transport.HTTPRequest(url: "https://localhost:\(port)/healthz")
        request.serverTrust = .certificate(pem)
        return (try? await curl.send(request).status) == 200
      }
      #expect(await isServed(first))
      #expect(!certificate.reload())
      let second = try Self.write("second", to: folder)
      #expect(certificate.reload())
      #expect(await isServed(second))
      #expect(await !isServed(first))
      try folder.write("-----BEGIN CERTIFICATE-----\nnonsense\n", to: "cert.pem")
      #expect(!certificate.reload())
      #expect(log.all.contains { $0.contains("the one before goes on") })
      #expect(await isServed(second))

      // Other names in the settings, and a folder that a link leads to, as a container mounts it.
      let third = try Self.write("third", to: other)
      wanted.withLock { $0 = Self.files(other) }
      #expect(certificate.reload())
      #expect(await isServed(third))
      let (mounted, link) = (try TemporaryFolder(), folder.path("mounted"))
      let fourth = try Self.write("fourth", to: mounted)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: other.path("."))
      let linked = TLSFiles(certificateFile: link + "/cert.pem", keyFile: link + "/key.pem")
      wanted.withLock { $0 = linked }
      _ = certificate.reload()
      #expect(!certificate.reload())
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: mounted.path("."))
      #expect(certificate.reload())
      #expect(await isServed(fourth))
      wanted.withLock { $0 = nil }
      #expect(!certificate.reload())
      #expect(await isServed(fourth))
    }
  }

  @Test("the service does not begin with files that cannot be used")
  func broken() throws {
    let folder = try TemporaryFolder()
    #expect(throws: SettingsError.self) {
      _ = try ServiceCertificate(Self.files(folder), files: { nil }, logger: LogRecorder().logger)
    }
  }
}

@Suite("Malformed requests")
struct MalformedRequestTests {
  private static let script = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../../../Scripts/fuzz-api.py").standardizedFileURL.path()
  private static let python = "/usr/bin/python3"
  /// More of them by hand: `FUZZ_REQUESTS=10000`.
  private static let count = ProcessInfo.processInfo.environment["FUZZ_REQUESTS"] ?? "300"

  @Test(
    "leave the service answering, without a 5xx",
    .enabled(if: FileManager.default.isExecutableFile(atPath: python))
  )
  func fuzz() async throws {
    try await Served.run(WebhookTests.settings) { port, _ in
      let process = Process()
      process.executableURL = URL(filePath: Self.python)
      process.arguments = [
        Self.script, "--requests", Self.count, "--token", TestService.admin, "--secret", WebhookTests.secret,
        "http://127.0.0.1:\(port)",
      ]
      let (ends, ended) = AsyncStream<Void>.makeStream()
      process.terminationHandler = { _ in ended.yield() }
      try process.run()
      for await _ in ends { break }
      #expect(process.terminationStatus == 0)
    }
  }
}
