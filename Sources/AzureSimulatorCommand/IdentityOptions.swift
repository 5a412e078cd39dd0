import ArgumentParser
import AzureSimulator
import Foundation

/// Sign-in and managed identities, from the command line.
struct IdentityOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve with TLS too, and write the certificate of its authority to DIR/ca.pem.",
      valueName: "dir"
    )
  )
  var tls: String?

  @Option(help: "The port with TLS; 0: any free one.")
  var tlsPort = 0

  @Option(help: ArgumentHelp("Where the Arc endpoint writes its challenge files.", valueName: "dir"))
  var arcKeys: String?

  func validate() throws {
    guard (0...65535).contains(tlsPort) else {
      throw ValidationError("--tls-port \(tlsPort): expected 0 to 65535")
    }
  }

  /// The certificates, written where they are wanted; nil: no TLS.
  func certificates() throws -> SimulatorCertificates? {
    guard let tls else { return nil }
    let certificates = try SimulatorCertificates(now: Date())
    try certificates.write(to: URL(filePath: tls))
    return certificates
  }
}
