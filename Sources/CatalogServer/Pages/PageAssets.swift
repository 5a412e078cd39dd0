import Crypto
import HTTPTypes
import Hummingbird
import NIOCore

/// The stylesheet, the script and the icon, embedded in the program.
struct PageAssets: Sendable {
  struct Asset: Sendable {
    let type: String
    let bytes: [UInt8]
    /// Another one for other content.
    let version: String
  }

  let assets: [String: Asset]

  init() {
    let sources: [(String, String, [UInt8])] = [
      ("pages.css", "text/css; charset=utf-8", PackageResources.pages_css),
      ("pages.js", "text/javascript; charset=utf-8", PackageResources.pages_js),
      ("icon.svg", "image/svg+xml", PackageResources.icon_svg),
    ]
    assets = Dictionary(
      uniqueKeysWithValues: sources.map { name, type, bytes in
        let version = SHA256.hash(data: bytes).prefix(8).map { byte in
          (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return (name, Asset(type: type, bytes: bytes, version: version.joined()))
      }
    )
  }

  /// The address of an asset, another one for other content.
  func address(_ name: String) -> String { "/assets/\(name)?v=\(assets[name]?.version ?? "")" }

  /// The answer to a request for an asset: kept for a year under the address that names its version.
  func response(_ name: String, _ request: Request) throws -> Response {
    guard let asset = assets[name] else { throw HTTPError(.notFound) }
    let tag = "\"\(asset.version)\""
    let isNamed = FormFields(request.uri.query ?? "")["v"] == asset.version
    var headers: HTTPFields = [
      .contentType: asset.type, .eTag: tag, .xContentTypeOptions: "nosniff",
      .cacheControl: isNamed ? "public, max-age=31536000, immutable" : "no-cache",
    ]
    if request.headers[.ifNoneMatch]?.contains(tag) == true {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentLength] = String(asset.bytes.count)
    return Response(
      status: .ok,
      headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes))
    )
  }
}
