package import Transport

extension FetchError {
  /// What an answer that is no success means, or nil for a success.
  ///
  /// By status, then by the exception's `typeKey`, then by the code its message begins with; the message
  /// itself is localized (facts/azure-devops-api.md 5.2 and 6).
  package init?(answer: HTTPResponse) {
    let status = answer.status
    let isHTML = answer.headers["Content-Type"].map { $0.lowercased().hasPrefix("text/html") } ?? false
    if status == 200, !isHTML { return nil }
    let exception = ServiceException(body: answer.body)
    let (meaning, detail) = Self.reading(status: status, isHTML: isHTML, exception)
    self.init(meaning, status: status, detail: detail, activityID: answer.activityID)
    // Which of the many meanings of 404 it has is said by its body alone.
    isCutOff = meaning == .broken && status == 404 && exception.isCutOff
  }

  private static func reading(
    status: Int,
    isHTML: Bool,
    _ exception: ServiceException
  ) -> (Meaning, String) {
    switch status {
    case 203, 300..<400:
      return (.signIn, "Azure DevOps answered with its sign-in page: the credential is not valid (any more)")
    case 401:
      return (.signIn, signInDetail(exception))
    case 403:
      return (.forbidden, "the credential may not read this\(exception.suffix)")
    case 404:
      return notFound(isHTML: isHTML, exception)
    case 429:
      return (.throttled, "Azure DevOps throttles this identity\(exception.suffix)")
    case 500...:
      if exception.code == "TF24668" {
        return (.organizationStopped, "the organization is stopped (TF24668)")
      }
      return (.serviceTrouble, "Azure DevOps has trouble\(exception.suffix)")
    case 200:
      return (.signIn, "Azure DevOps answered with a web page: the credential is not valid (any more)")
    default:
      return (.broken, "Azure DevOps refused the request\(exception.suffix)")
    }
  }

  private static func signInDetail(_ exception: ServiceException) -> String {
    switch exception.typeKey {
    case "AccessCheckException": "the personal access token has expired"
    case "UnauthorizedRequestException": "the identity is not a member of the organization\(exception.suffix)"
    case nil: "the credential is not valid, or lacks the scope to read code (vso.code)"
    default: "the credential was not accepted\(exception.suffix)"
    }
  }

  private static func notFound(isHTML: Bool, _ exception: ServiceException) -> (Meaning, String) {
    switch (exception.code, exception.typeKey) {
    case ("TF401174", _): (.fileAbsent, "the branch has no such file (TF401174)")
    case ("TF401175", _): (.branchAbsent, "the repository has no such branch (TF401175)")
    case ("VS403403", _): (.repositoryEmpty, "the repository has no branches (VS403403)")
    case ("TF401019", _), (_, "GitRepositoryNotFoundException"):
      (
        .repositoryUnavailable,
        "the repository is deleted, disabled or hidden from this credential (TF401019)"
      )
    case ("TF200016", _), ("VS800075", _), (_, "ProjectDoesNotExistWithNameException"),
      (_, "ProjectDoesNotExistException"):
      (.projectUnavailable, "the project is deleted or hidden from this credential\(exception.suffix)")
    case _ where isHTML:
      (.organizationUnknown, "there is no organization of this name")
    default:
      (.broken, "Azure DevOps answered 'not found' in a way that is not known\(exception.suffix)")
    }
  }
}

extension HTTPResponse {
  /// What the service's support asks for; nil when none came, or none that may stand in a message.
  var activityID: String? {
    headers["ActivityId"].flatMap { id in
      id.count <= 64 && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } ? id : nil
    }
  }
}

/// The error body of the service, `{"message":…, "typeKey":…}`, as far as it matters.
private struct ServiceException {
  var typeKey: String?
  /// The code at the start of the message, such as `TF401174`.
  var code: String?
  /// Whether the body begins as an object of JSON and is not one.
  ///
  /// None at all, and a plain text, are whole.
  var isCutOff = false

  init(body: [UInt8]) {
    guard let object = JSONObject(body[...]) else {
      isCutOff = body.first == UInt8(ascii: "{")
      return
    }
    typeKey = object.string("typeKey").flatMap { Self.isWord($0) ? $0 : nil }
    let message = object.string("message") ?? ""
    let first = message.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let letters = first.prefix { $0.isLetter }
    let isCode =
      ["TF", "VS"].contains(letters) && first.count > 2 && first.dropFirst(2).allSatisfy(\.isNumber)
    code = isCode ? String(first) : nil
  }

  /// What is known of it in brackets, or nothing.
  var suffix: String { (code ?? typeKey).map { " (\($0))" } ?? "" }

  /// A type name is one word; anything else is not repeated in a message of ours.
  private static func isWord(_ text: String) -> Bool {
    text.count <= 80 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
