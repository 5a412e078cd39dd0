import CCurl
import Foundation
import YAML

@testable import AzureDevOps
@testable import Catalog
@testable import CatalogServer
@testable import CatalogStore
@testable import Crawl
@testable import Credentials
@testable import Settings
@testable import Transport

/// Takes the first line for an address of any kind, and the second for the address of the file it stands in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzURLs(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
  let text = String(decoding: lines[0], as: UTF8.self)
  let base = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""

  checkRepository(text)
  checkTarget(text, in: base)
  checkPattern(text, path: base)
  checkRefs(text)
  checkLocalFile(text)
  checkSettings(text)
  checkHost(text)
  checkQuery(text)
  checkCursors(text)
  checkPredicate(bytes)
  checkForm(text)
  checkBrowser(text)
  return 0
}

// MARK: - Addresses in Azure DevOps

private func checkRepository(_ text: String) {
  if let url = try? RepositoryURL(text) { check(url) }
  precondition(
    RepositoryURL.canonicalText(of: RepositoryURL.canonicalText(of: text)).utf8
      .elementsEqual(RepositoryURL.canonicalText(of: text).utf8),
    "one spelling has another"
  )
}

private func check(_ url: RepositoryURL) {
  precondition(!url.host.isEmpty && !url.organization.isEmpty, "no host or no organization")
  precondition(!url.project.isEmpty && !url.repository.isEmpty, "no project or no repository")
  for name in [url.organization, url.project, url.repository] where [".", ".."].contains(name) {
    preconditionFailure("a name that is a step: \(url)")
  }
  if let path = url.path {
    precondition(path.utf8.first == UInt8(ascii: "/"), "a path from nowhere")
    let parts = path.utf8.split(omittingEmptySubsequences: true) {
      $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\")
    }
    precondition(!parts.contains { $0.elementsEqual("..".utf8) }, "the path climbs")
    precondition(
      RepositoryPath.canonical(path).utf8.elementsEqual(path.utf8),
      "the path has another spelling"
    )
  }
  guard let again = try? RepositoryURL(url.text) else { preconditionFailure("it does not read back: \(url)") }
  precondition(
    again == url && again.text.utf8.elementsEqual(url.text.utf8),
    "it reads back to another one: \(url)"
  )
  precondition((try? RepositoryURL(url.text(atLine: 7))) == url, "a line is of another file: \(url)")
  if let path = try? url.filePath() {
    precondition(path.utf8.last != UInt8(ascii: "/"), "a folder is no file")
  }
  checkOrganization(host: url.host, name: url.organization)
  let source = SourceLocation.text(ofFileAt: url.text)
  guard source.hasPrefix("url:"), var folder = try? RepositoryURL(String(source.dropFirst(4))) else {
    preconditionFailure("no source: \(source)")
  }
  precondition(folder.path?.utf8.last ?? UInt8(ascii: "/") == UInt8(ascii: "/"), "no folder: \(source)")
  folder.path = url.path
  precondition(folder == url, "the source is elsewhere: \(source)")
}

/// What is asked of an organization stays below its own address, as libcurl reads it.
private func checkOrganization(host: String, name: String) {
  let address = OrganizationAddress(host: host, name: name, endpoint: "https://\(host)")
  // libcurl refuses some hosts, so that nothing is sent.
  guard let parts = CurlURL("\(address.baseURL)/_apis/x") else { return }
  precondition(parts.path.hasSuffix("/_apis/x"), "another path: \(address)")
  let folders = parts.path.split(separator: "/").count - 2
  let isInHost = AzureHost.visualStudioOrganization(of: host) != nil
  precondition(folders == (isInHost ? 0 : name.split(separator: "/").count), "not below: \(address)")
}

private func checkTarget(_ target: String, in base: String) {
  let bases = ["https://dev.azure.com/o/p/_git/r?path=/a/b/c.yaml&version=GBmain", base]
  for base in bases.compactMap({ try? RepositoryURL($0) }) {
    guard let found = try? base.resolving(target), case .repository(let url) = found else { continue }
    check(url)
    guard URLText.scheme(of: URLText.trimmed(target)) == nil else { continue }
    var own = base
    own.path = url.path
    precondition(own == url, "a relative target left its repository")
  }
  for base in ["https://example.com/a/b.yaml?c", "ftp://example.com/a", base] {
    guard let found = try? TargetAddress.other(base).resolving(target) else { continue }
    switch found {
    case .repository(let url): check(url)
    case .other(let text): precondition(URLText.scheme(of: text) != nil, "a target that is relative still")
    }
  }
}

private func checkPattern(_ text: String, path: String) {
  for subject in [PathGlob.Subject.files, .targets] {
    guard let glob = try? PathGlob(text, for: subject) else { continue }
    let (prefix, path) = (glob.literalPrefix, RepositoryPath.canonical(path))
    let slash = UInt8(ascii: "/")
    precondition(
      prefix.utf8.first == slash && (prefix == "/" || prefix.utf8.last != slash),
      "no folder: \(prefix)"
    )
    if glob.matches(path), prefix != "/" {
      precondition(
        path.unicodeScalars.starts(with: "\(prefix)/".unicodeScalars),
        "it matches outside \(prefix)"
      )
    }
  }
}

private func checkRefs(_ text: String) {
  if let ref = try? EntityRef(text, defaultKind: "component") {
    precondition(!ref.kind.isEmpty && !ref.namespace.isEmpty && !ref.name.isEmpty, "a part is empty")
    precondition((try? EntityRef(ref.description)) == ref, "it reads back to another one: \(ref)")
    if let page = PageAddress.entity(text) {
      precondition(PageAddress.isOwn(page), "no page of ours: \(page)")
    }
  }
  if let location = try? LocationRef(text) {
    precondition(
      (try? LocationRef(location.description)) == location,
      "it reads back to another one: \(location)"
    )
    precondition(!LocationRef.isScript(location.target), "a script")
  }
  let selector = RepositorySelector(text: text)
  _ = selector.matches(organization: text, project: "p", repository: text)
}

private func checkLocalFile(_ text: String) {
  let files = LocalFiles(roots: ["/srv/catalog"])
  for base in ["/srv/catalog/a/b.yaml", "/srv/other/c.yaml"] {
    guard case .success(let address) = files.address(of: text, from: base) else { continue }
    precondition(address.text.hasPrefix("/srv/catalog/"), "it left the folder: \(address)")
    precondition(
      !address.text.utf8.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) },
      "it climbs"
    )
  }
}

// MARK: - Settings

private func checkSettings(_ text: String) {
  // Names are short, and all of this takes as long as everything else together.
  guard text.utf8.count <= 60 else { return }
  let value = JSONText.string(text)
  // One key at a time, so that one that is refused does not hide the others.
  let files = [
    "{integrations: {azure: [{host: \(value), credentials: [{organizations: [a], personalAccessToken: t}]}]}}",
    "{integrations: {azure: [{host: a.example, credentials: [{organizations: [\(value)], personalAccessToken: t}]}]}}",
    "{crawler: {organizations: [\(value)]}}", "{crawler: {endpoints: {dev.azure.com: \(value)}}}",
    "{crawler: {listen: \(value)}}", "{crawler: {proxy: \(value)}}",
  ]
  for file in files {
    let disk = FileAccess { _ in .success(Array(file.utf8)) }
    guard
      let settings = try? SettingsFiles.read(explicit: ["a.yaml"], folder: "/", environment: [:], files: disk)
    else { continue }
    for organization in settings.scope {
      precondition(
        !organization.name.isEmpty && AzureHost.isValid(organization.host),
        "nobody: \(organization)"
      )
      checkOrganization(host: organization.host, name: organization.name)
    }
    for endpoint in settings.crawler.endpoints.values {
      guard let parts = CurlURL(endpoint) else { continue }
      precondition(!endpoint.hasSuffix("/"), "not in one spelling: \(endpoint)")
      precondition(parts.scheme == "https" || isLocal(parts.host), "in the clear: \(endpoint)")
    }
  }
}

// MARK: - Hosts

/// The parts of an address as libcurl, which connects to it, takes them.
private struct CurlURL {
  var scheme: String
  var host: String
  var path: String

  init?(_ text: String) {
    guard !text.utf8.contains(0), let handle = curl_url() else { return nil }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else { return nil }
    func part(_ part: CURLUPart) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard curl_url_get(handle, part, &value, 0) == CURLUE_OK, let value else { return nil }
      defer { curl_free(value) }
      return String(cString: value)
    }
    guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST),
      let path = part(CURLUPART_PATH)
    else { return nil }
    (self.scheme, self.host, self.path) = (scheme.lowercased(), host.lowercased(), path)
  }
}

private func checkHost(_ text: String) {
  if let parts = CurlURL(text), ["http", "https"].contains(parts.scheme), HostAddress.isLocal(text) {
    precondition(isLocal(parts.host), "libcurl connects to \(parts.host)")
  }
  let endpoint = try? IdentityEndpoint.detect(context(["IDENTITY_ENDPOINT": text, "IDENTITY_HEADER": "h"]))
  if case .appService(let url, _) = endpoint, let parts = CurlURL(url) {
    precondition(parts.scheme == "https" || isLocal(parts.host), "a secret in the clear to \(parts.host)")
  }
  if let service = try? SignInService(context(["AZURE_AUTHORITY_HOST": text])),
    let parts = CurlURL(service.authority)
  {
    precondition(parts.scheme == "https" && parts.path == "/", "no host: \(service.authority)")
  }
}

private func isLocal(_ host: String) -> Bool {
  ["localhost", "[::1]"].contains(host) || host.hasPrefix("127.") || host.hasPrefix("169.254.")
    || host.hasPrefix("[fe80:")
}

private func context(_ environment: [String: String]) -> IdentityContext {
  IdentityContext(
    send: { _ throws(TransportError) in throw .closed },
    environment: environment,
    endpoints: [:],
    clock: ContinuousClock(),
    now: { 0 },
    jitter: { 0 },
    warn: { _ in },
    files: IdentityFiles(
      exists: { _ in false },
      readToken: { _, _ in .bytes([]) },
      readKey: { _, _ in .bytes([]) }
    )
  )
}

// MARK: - What clients of the service send

private func checkQuery(_ text: String) {
  let names = ["filter", "limit", "offset", "fields", "cursor", "after", "order", "dryRun"]
  guard let query = try? QueryParameters(text, known: names.map(OperationParameter.init)) else { return }
  if let limit = try? query.number("limit", atLeast: 1) {
    precondition((1...QueryParameters.largest).contains(limit), "no limit: \(limit)")
  }
  _ = try? query.flag("dryRun")
  _ = try? query.list("fields").map { fields in try FieldProjection(fields) }
  for cursor in query.all("cursor") { checkCursors(cursor) }
  if let predicate = try? FilterGrammar.predicate(query.all("filter")) { checkWritten(predicate) }
}

private func checkCursors(_ text: String) {
  if let cursor = try? PageCursor(text) {
    precondition((try? PageCursor(cursor.text)) == cursor, "a cursor comes back as another one")
    _ = cursor.predicate.normalized
  }
  if let cursor = try? OffsetCursor(text) {
    precondition((try? OffsetCursor(cursor.text)) == cursor, "a cursor comes back as another one")
  }
  if let predicate = try? FilterGrammar.predicate([text, "kind=component"]) { checkWritten(predicate, text) }
}

/// What the service hands out it takes back.
private func checkWritten(_ predicate: EntityPredicate, _ text: String = "a") {
  precondition(predicate.depth <= FilterGrammar.maxDepth, "too deep for SQLite")
  let cursor = PageCursor(
    order: EntityOrder.Field(key: text, isDescending: true),
    predicate: .all([predicate, .text(keys: ["metadata.name"], text)]),
    place: EntityPlace(value: text, id: 1),
    isPrevious: false,
    total: 7
  )
  precondition((try? PageCursor(cursor.text)) == cursor, "the service does not take its own cursor back")
}

private func checkPredicate(_ bytes: UnsafeBufferPointer<UInt8>) {
  guard bytes.first == UInt8(ascii: "{"), let root = try? JSONReader.read(Array(bytes)).root else { return }
  if let predicate = try? FilterGrammar.predicate(query: root) { checkWritten(predicate) }
}

private func checkForm(_ text: String) {
  let fields = FormFields(text)
  let names = ["host", "organization", "project", "repository", "back", "q"]
  let address = fields.address("/refresh", names, (name: "after", value: "a b&c=d#e"))
  precondition(PageAddress.isOwn(address) || address.utf8.count > 2_000, "no page of ours: \(address)")
  let again = FormFields(String(address.dropFirst("/refresh?".count)))
  for name in names { precondition(again[name] == fields[name], "a field comes back as another one") }
  precondition(again["after"] == "a b&c=d#e", "a field came in between")
}

private func checkBrowser(_ text: String) {
  let own = "catalog.example"
  if PageAddress.isOwn(text), let url = URL(string: text, relativeTo: URL(string: "https://\(own)/a/b")) {
    precondition(url.absoluteURL.host() == own, "it leads to \(url.absoluteURL)")
  }
  let rule = HostRule(listen: ListenAddress(host: "127.0.0.1", port: 7007), hosts: [own])
  if rule.allows(text), let host = URL(string: "http://\(text)/")?.host() {
    let names = ["localhost", "127.0.0.1", "::1", "[::1]", own]
    precondition(
      names.contains(host.lowercased()) || names.contains(String(host.lowercased().dropLast())),
      "not ours: \(host)"
    )
  }
  if OriginRule.verdict(site: nil, origin: text, host: "\(own):7007") == .own, let url = URL(string: text) {
    precondition(url.host()?.lowercased() == own && url.port == 7007, "not ours: \(url)")
  }
}
