import Foundation
import HummingbirdCore
import Locks
package import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
package import Settings
import Transport

/// The certificate that the service shows, read again when its files change.
///
/// Files that cannot be used change nothing: the certificate before goes on.
package final class ServiceCertificate: Service, Sendable {
  private struct State {
    var context: NIOSSLContext
    var stamps: [FileStamp]
  }

  /// How often the files are looked at.
  private static let interval = Duration.seconds(5)

  private let files: @Sendable () -> TLSFiles?
  private let clock: any Clock<Duration>
  private let logger: Logger
  private let state: Guarded<State>

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - first: The files to begin with.
  ///   - files: `crawler.api.tls` at any moment; nil leaves what is shown.
  /// - Throws: `SettingsError` when they hold no certificate and key that belong together.
  package init(
    _ first: TLSFiles,
    files: @escaping @Sendable () -> TLSFiles?,
    clock: any Clock<Duration> = ContinuousClock(),
    logger: Logger
  ) throws(SettingsError) {
    self.files = files
    self.clock = clock
    self.logger = logger
    do {
      let stamps = Self.stamps(of: first)
      state = Guarded(State(context: try Self.context(first), stamps: stamps))
    } catch {
      throw SettingsError(problems: [
        SettingsProblem(
          file: first.certificateFile,
          line: nil,
          column: nil,
          keyPath: "crawler.api.tls",
          message: "the certificate and the key of \(first.keyFile) cannot be used: \(error)"
        )
      ])
    }
  }

  /// What new connections use.
  var context: NIOSSLContext { state.withLock { $0.context } }

  /// Looks at the files again and again until the service stops.
  package func run() async throws {
    try? await cancelWhenGracefulShutdown { [self] in  // ends by being cancelled
      while true {
        try await clock.sleep(for: Self.interval)
        reload()
      }
    }
  }

  /// Reads the files if they are not those of the last time.
  ///
  /// - Returns: Whether another certificate is shown from now on.
  @discardableResult
  package func reload() -> Bool {
    guard let files = files() else { return false }
    let stamps = Self.stamps(of: files)
    guard state.withLock({ $0.stamps != stamps }) else { return false }
    do {
      let context = try Self.context(files)
      state.withLock { $0 = State(context: context, stamps: stamps) }
      logger.notice("the certificate was read again", metadata: ["file": "\(files.certificateFile)"])
      return true
    } catch {
      // Not said again until the files change once more.
      state.withLock { $0.stamps = stamps }
      logger.error(
        "the new certificate cannot be used; the one before goes on",
        metadata: ["file": "\(files.certificateFile)", "error": "\(error)"]
      )
      return false
    }
  }

  private static func context(_ files: TLSFiles) throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMFile(files.certificateFile)
    let key = try NIOSSLPrivateKey(file: files.keyFile, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(key)
    )
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    return try NIOSSLContext(configuration: configuration)
  }

  private static func stamps(of files: TLSFiles) -> [FileStamp] {
    [files.certificateFile, files.keyFile].map { FileStamp(of: $0) }
  }
}

/// A connection of the service: TLS when there is a certificate, then HTTP/1.1.
struct ServiceChannel: ServerChildChannel {
  let base: HTTP1Channel
  /// Nil for plain HTTP.
  let certificate: ServiceCertificate?
  /// How long a client may take nothing of an answer.
  let stall: TimeAmount

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
    channel.eventLoop.makeCompletedFuture {
      try channel.pipeline.syncOperations.addHandler(StalledWriteCutter(limit: stall))
      if let certificate {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.context))
      }
      try channel.pipeline.syncOperations.addHandler(FarewellCutter())
      try channel.pipeline.syncOperations.addHandler(ContinueSender())
    }.flatMap { base.setup(channel: channel, logger: logger) }
  }

  func handle(value: HTTP1Channel.Value, logger: Logger) async {
    await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
      await base.handle(value: value, logger: logger)
    }
  }
}

extension HTTPServerBuilder {
  /// HTTP/1.1 within the limits of the settings.
  static func service(_ limits: APILimits, _ certificate: ServiceCertificate?) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      let configuration = HTTP1Channel.Configuration(
        idleTimeout: TimeAmount(limits.idle),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: limits.headerBytes,
          maxHeaderListSize: limits.headerBytes,
          maxHeaderFieldCount: 100
        )
      )
      return ServiceChannel(
        base: HTTP1Channel(responder: responder, configuration: configuration),
        certificate: certificate,
        stall: TimeAmount(limits.stall)
      )
    }
  }
}
