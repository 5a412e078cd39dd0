import Settings
import Transport

extension CurlClient.Configuration {
  /// How the settings want requests to be sent.
  init(_ settings: ProgramSettings) {
    self.init()
    userAgent = Program.name
    caFile = settings.caFile
    proxy = settings.proxy?.reveal()
  }
}
