import CCurl

/// What answers for a library's version.
package enum LibraryVersion {
  /// Of libcurl as it runs, and of what it speaks TLS with: `8.5.0 with OpenSSL/3.0.13`.
  package static var curl: String {
    // libcurl/8.5.0 OpenSSL/3.0.13 zlib/1.3 ...
    let words = String(cString: curl_version()).split(separator: " ")
    let version = words.first?.split(separator: "/").last.map(String.init) ?? "unknown"
    return words.count > 1 ? "\(version) with \(words[1])" : version
  }
}
