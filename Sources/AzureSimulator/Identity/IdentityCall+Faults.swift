import NIOCore

extension IdentityCall {
  /// The answer in place of the right one; nil where the fault alters the right answer.
  func replacement(_ fault: FaultAnswer) -> SimulatorResponse? {
    switch fault {
    case .organizationStopped, .frontEndUnavailable: return page(503)
    case .serverError: return failure(status: 500)
    case .tooManyRequests(let seconds):
      return failure(status: 429).asking(toWait: seconds)
    case .tooManyRequestsPage(let seconds): return page(429).asking(toWait: seconds)
    case .unavailable(let seconds): return failure(status: 503).asking(toWait: seconds)
    case .signInPage, .htmlPage: return page(200)
    case .unauthorized: return failure(status: 401)
    case .forbidden: return failure(status: 403)
    case .status(let status): return failure(status: status)
    case .redirect(let address): return .redirect(to: address)
    case .entra(let code): return failure(EntraError(code))
    case .noMetadataService: return noMetadataService()
    case .connectionCutBeforeAnswer: return .cutBeforeAnswer
    case .connectionReset: return .reset
    case .stalled, .trickled, .wrongLength: return nil
    case .delayed, .slow, .padded, .connectionCutInBody, .wrongJSON, .tokenFields, .arcKey: return nil
    }
  }

  /// The right answer with the fault in it.
  func altered(_ response: SimulatorResponse, _ fault: FaultAnswer) -> SimulatorResponse {
    // The rate limit headers of a delayed answer are those of Azure DevOps alone.
    guard case .delayed(_, let delay) = fault else { return fault.altered(response, second: stamp.second) }
    return FaultAnswer.slow(by: delay).altered(response, second: stamp.second)
  }

  /// A refusal with this status in the form of the host.
  private func failure(status: Int) -> SimulatorResponse {
    if case .source = route {
      return failure(SourceFailure(status, "unknown", "The simulator was told to fail."))
    }
    // Numbers of the table that have the status (facts/azure-identity.md 7).
    let codes = [400: 90013, 401: 7_000_215, 403: 500_021, 429: 90055, 500: 90090, 503: 90033]
    guard let code = codes[status] else { return page(status) }
    return failure(EntraError(code))
  }

  /// What a container's proxy answers where there is no metadata service (facts/azure-identity.md 1.3).
  private func noMetadataService() -> SimulatorResponse {
    SimulatorResponse(
      status: 403,
      headers: [("Content-Type", "text/plain")],
      body: .bytes(
        ByteBuffer(
          string:
            "connecting to 169.254.169.254:80: a socket operation was attempted to an unreachable network"
        )
      )
    )
  }
}

extension SimulatorResponse {
  /// The connection is closed and nothing is sent.
  static let cutBeforeAnswer = SimulatorResponse(
    status: 200,
    headers: [],
    body: .bytes(ByteBuffer()),
    cut: .beforeAnswer
  )

  /// The connection is reset and nothing is sent.
  static let reset = SimulatorResponse(status: 200, headers: [], body: .bytes(ByteBuffer()), cut: .reset)

  static func redirect(to address: String) -> SimulatorResponse {
    SimulatorResponse(status: 302, headers: [("Location", address)], body: .bytes(ByteBuffer()))
  }
}
