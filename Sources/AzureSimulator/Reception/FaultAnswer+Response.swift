import NIOCore

extension FaultAnswer {
  /// The answer in place of the right one; nil where the fault alters the right answer.
  func replacement(_ refusal: Refusal) -> SimulatorResponse? {
    let stamp = refusal.stamp
    switch self {
    case .organizationStopped: return .organizationStopped(refusal.organization.name, stamp)
    case .frontEndUnavailable: return .frontEndUnavailable(stamp)
    case .serverError: return .serverError(stamp)
    case .tooManyRequests(let seconds): return .tooManyRequests(retryAfter: seconds, stamp)
    case .signInPage: return refusal.signInPage()
    case .htmlPage: return .page(200, Page.unexpected, stamp)
    case .unauthorized: return refusal.notMember()
    case .forbidden: return refusal.conditionalAccess()
    case .tooManyRequestsPage(let seconds):
      return .page(429, Page.tooManyRequests, stamp).asking(toWait: seconds)
    case .unavailable(let seconds): return .serverError(stamp, status: 503).asking(toWait: seconds)
    case .connectionCutBeforeAnswer: return .cutBeforeAnswer
    case .connectionReset: return .reset
    case .status(let status): return .serverError(stamp, status: status)
    case .redirect(let address): return .redirect(to: address)
    case .delayed, .connectionCutInBody, .wrongJSON, .slow, .padded: return nil
    case .stalled, .trickled, .wrongLength: return nil
    case .entra, .noMetadataService, .tokenFields, .arcKey: return nil
    }
  }

  /// The right answer with the fault in it.
  func altered(_ response: SimulatorResponse, second: Int) -> SimulatorResponse {
    var response = response
    switch self {
    case .delayed(let seconds, let delay):
      response.delay += delay
      response.set("Retry-After", "\(seconds)")
      response.headers += RateLimitHeaders.fields(
        limit: 200,
        remaining: 0,
        reset: second + seconds,
        delay: delay
      )
    case .connectionCutInBody:
      response.cut = .inBody
    case .stalled:
      response.cut = .stalled
    case .trickled(let pause):
      response.cut = .trickled(pause)
    case .wrongLength(let bytes):
      response.cut = .wrongLength(by: bytes)
    case .wrongJSON:
      let whole = response.wholeBody
      response.body = .bytes(ByteBuffer(bytes: whole.prefix(whole.count / 2)))
    case .slow(let delay):
      response.delay += delay
    case .padded(let count):
      let whole = response.wholeBody
      let blanks = [UInt8](repeating: UInt8(ascii: " "), count: max(0, count - whole.count))
      response.body = .bytes(ByteBuffer(bytes: whole + blanks))
    default: break
    }
    return response
  }
}

extension SimulatorResponse {
  /// 503 TF24668, given before the application: a byte order mark and few headers (recording 27).
  static func organizationStopped(_ organization: String, _ stamp: Stamp) -> SimulatorResponse {
    let message =
      "TF24668: The following team project collection is stopped: \(organization). Start the collection and "
      + "then try again. Administrator Reason: stopped by the simulator"
    let error = ServiceError(
      503,
      "VssServiceException",
      in: "Microsoft.VisualStudio.Services.Common",
      message
    )
    var body = ByteBuffer(bytes: [0xEF, 0xBB, 0xBF])
    body.writeImmutableBuffer(error.body)
    var headers = stamp.frontHeaders()
    headers.append(("Content-Type", "application/json"))
    headers.append(("X-TFS-ServiceError", PercentEncoding.encoded(message)))
    return SimulatorResponse(status: 503, headers: headers, body: .bytes(body))
  }

  /// 503 from the front end: a page, no header of the application (recording 28).
  static func frontEndUnavailable(_ stamp: Stamp) -> SimulatorResponse {
    let reference = stamp.frontEndReference
    let headers = [
      (name: "Cache-Control", value: "no-store"),
      (name: "Content-Type", value: "text/html"),
      (name: "Server", value: "Microsoft-IIS/10.0"),
      (name: "X-MSEdge-Ref", value: reference),
    ]
    let page = ByteBuffer(string: Page.unavailable(reference: reference))
    return SimulatorResponse(status: 503, headers: headers, body: .bytes(page))
  }

  static func serverError(_ stamp: Stamp, status: Int = 500) -> SimulatorResponse {
    let error = ServiceError(
      status,
      "VssServiceException",
      in: "Microsoft.VisualStudio.Services.Common",
      "An unexpected error occurred."
    )
    return json(error, stamp)
  }

  /// 429 TF400733 (facts/azure-devops-api.md 4.2).
  static func tooManyRequests(retryAfter seconds: Int?, _ stamp: Stamp) -> SimulatorResponse {
    let error = ServiceError(
      429,
      "RequestBlockedException",
      in: "Microsoft.TeamFoundation.Framework.Server",
      "TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource "
        + "'Concurrency' in namespace 'User'."
    )
    return json(error, stamp).asking(toWait: seconds)
  }

  /// The answer with `Retry-After`; nil: without.
  func asking(toWait seconds: Int?) -> SimulatorResponse {
    guard let seconds else { return self }
    var response = self
    response.set("Retry-After", "\(seconds)")
    return response
  }

  /// The page for an organization that does not exist (facts/azure-devops-api.md 5.2).
  static func organizationMissing(_ stamp: Stamp) -> SimulatorResponse {
    page(404, Page.organizationMissing, stamp)
  }

  static func page(_ status: Int, _ html: String, _ stamp: Stamp) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "text/html; charset=utf-8"))
    return SimulatorResponse(status: status, headers: headers, body: .bytes(ByteBuffer(string: html)))
  }

  private static func json(_ error: ServiceError, _ stamp: Stamp) -> SimulatorResponse {
    var headers = stamp.commonHeaders()
    headers.append(("Content-Type", "application/json; charset=utf-8"))
    return SimulatorResponse(status: error.status, headers: headers, body: .bytes(error.body))
  }
}
