import CCurl

/// A libcurl easy handle, and what it has received so far of the transfer it works on.
final class Exchange {
  let easy: UnsafeMutableRawPointer
  private var transfer: Transfer?
  private var fields: UnsafeMutablePointer<curl_slist>?
  /// What `fields` was made of: the requests of a client differ in little but their URLs.
  private var fieldTexts: [(name: String, value: String)] = []
  private var headers = HTTPHeaders()
  private var body: [UInt8] = []
  private var received = 0
  private var isTooLarge = false
  private let proxy: String?

  /// Nil when libcurl has no memory for a handle.
  init?(configuration: CurlClient.Configuration) {
    guard let easy = curl_easy_init() else { return nil }
    self.easy = easy
    proxy = configuration.proxy
    let this = Unmanaged.passUnretained(self).toOpaque()  // the loop keeps us alive
    _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    _ = ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "")
    _ = ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = ccurl_set_string(easy, CURLOPT_USERAGENT, configuration.userAgent)
    _ = ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    // The system's authorities stay: they come from libcurl's certificate folder.
    if let caFile = configuration.caFile { _ = ccurl_set_string(easy, CURLOPT_CAINFO, caFile) }
    _ = ccurl_set_pointer(easy, CURLOPT_PRIVATE, this)
    _ = ccurl_set_pointer(easy, CURLOPT_WRITEDATA, this)
    _ = ccurl_set_pointer(easy, CURLOPT_HEADERDATA, this)
    _ = ccurl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
      guard let this else { return 0 }
      return Unmanaged<Exchange>.fromOpaque(this).takeUnretainedValue()
        .receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
    _ = ccurl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
      guard let this else { return 0 }
      return Unmanaged<Exchange>.fromOpaque(this).takeUnretainedValue()
        .receive(field: UnsafeRawBufferPointer(start: bytes, count: size * count))
    }
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_slist_free_all(fields)
  }

  /// Whether the handle may work on another transfer: not once it trusted somebody else than usual.
  private(set) var canBeUsedAgain = true

  /// Makes the handle ready for a transfer.
  ///
  /// Everything that differs between requests is set here.
  func begin(_ transfer: Transfer) {
    self.transfer = transfer
    let request = transfer.request
    setFields(of: request)
    _ = ccurl_set_string(easy, CURLOPT_URL, request.url)
    setMethod(of: request)
    setTrust(of: request)
    // With TLS a transfer waits for a connection in the making, which may carry both (HTTP/2). Without, all
    // would wait for the first answer of the server.
    _ = ccurl_set_long(easy, CURLOPT_PIPEWAIT, request.isEncrypted ? 1 : 0)
    _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, request.timeouts.connect.wholeMilliseconds)
    _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, request.timeouts.total.wholeMilliseconds)
    _ = ccurl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1)
    let idleSeconds = max(1, Int(request.timeouts.idle.components.seconds))
    _ = ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, idleSeconds)
    if HostAddress.isLocal(request.url) {
      _ = ccurl_set_string(easy, CURLOPT_NOPROXY, "*")
    } else {
      _ = ccurl_set_string(easy, CURLOPT_NOPROXY, nil)
      if let proxy { _ = ccurl_set_string(easy, CURLOPT_PROXY, proxy) }
    }
  }

  private func setFields(of request: HTTPRequest) {
    if fields != nil, request.headers.elementsEqual(fieldTexts, by: { $0 == $1 }) { return }
    dropFields()
    for header in request.headers { fields = curl_slist_append(fields, "\(header.name): \(header.value)") }
    fieldTexts = request.headers
    _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, fields)
  }

  private func dropFields() {
    _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, nil)
    curl_slist_free_all(fields)
    (fields, fieldTexts) = (nil, [])
  }

  private func setTrust(of request: HTTPRequest) {
    guard request.serverTrust != .authorities else { return }
    canBeUsedAgain = false
    _ = ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
    _ = ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
    _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
    switch request.serverTrust {
    case .authorities:
      break
    case .certificate(let pem):
      // The blob takes the place of the authorities' file; their folder must go by itself.
      _ = ccurl_set_string(easy, CURLOPT_CAPATH, nil)
      _ = pem.withUnsafeBytes { ccurl_set_blob(easy, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count) }
    case .lookOnly:
      _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
      _ = ccurl_set_long(easy, CURLOPT_CERTINFO, 1)
      _ = ccurl_set_long(easy, CURLOPT_CONNECT_ONLY, 1)
    }
  }

  private func setMethod(of request: HTTPRequest) {
    let isCustom = request.method == .delete
    _ = ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, isCustom ? request.method.rawValue : nil)
    switch request.method {
    case .get, .delete:
      _ = ccurl_set_long(easy, CURLOPT_HTTPGET, 1)
    case .post:
      let body = request.body ?? []
      _ = ccurl_set_long(easy, CURLOPT_POST, 1)
      _ = ccurl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
      body.withUnsafeBytes { bytes in
        let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        _ = ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start)
      }
    }
  }

  /// The answer to the transfer, by the code libcurl ended it with.
  func answer(to code: CURLcode) -> Transfer.Answer {
    if isTooLarge, let transfer { return .failure(.bodyTooLarge(limit: transfer.request.bodyLimit)) }
    guard code == CURLE_OK else {
      let reason = String(cString: curl_easy_strerror(code))
      return .failure(.failed(code: Int(code.rawValue), reason: reason))
    }
    if transfer?.request.serverTrust == .lookOnly {
      guard let certificate = ccurl_leaf_certificate(easy) else {
        return .failure(.invalidRequest("the server shows no certificate"))
      }
      return .success(HTTPResponse(status: 0, body: Array(String(cString: certificate).utf8)))
    }
    return .success(HTTPResponse(status: status, headers: headers, body: body))
  }

  /// Gives the transfer back and makes the handle ready for the next one.
  func finish() -> Transfer? {
    headers = HTTPHeaders()
    body = []
    received = 0
    isTooLarge = false
    return transfer.take()
  }

  func resume() { _ = curl_easy_pause(easy, CURLPAUSE_CONT) }

  private var status: Int {
    var status = 0
    _ = ccurl_response_code(easy, &status)
    return status
  }

  /// Returns the number of bytes taken; fewer than offered makes libcurl give up.
  private func receive(body bytes: UnsafeRawBufferPointer) -> Int {
    guard let transfer else { return 0 }
    guard received + bytes.count <= transfer.request.bodyLimit else {
      isTooLarge = true
      return 0
    }
    if let stream = transfer.request.bodyStream, status == 200 {
      guard stream.offer(Array(bytes), resume: { transfer.resume() }) else {
        return Int(CURL_WRITEFUNC_PAUSE)
      }
    } else {
      body.append(contentsOf: bytes)
    }
    received += bytes.count
    return bytes.count
  }

  private func receive(field bytes: UnsafeRawBufferPointer) -> Int {
    headers.append(bytes)
    return bytes.count
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int {
    Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}
