import Testing
import Transport

@testable import AzureDevOps

/// facts/azure-devops-api.md 5.2 and 6.
struct AnswerClassificationTests {
  private func exception(_ typeKey: String, _ message: String) -> String {
    #"{"$id":"1","innerException":null,"message":"\#(message)","typeName":"T.\#(typeKey), T","#
      + #""typeKey":"\#(typeKey)","errorCode":0,"eventId":3000}"#
  }

  private func meaning(_ status: Int, _ body: String, type: String = "application/json") -> FetchError? {
    FetchError(
      answer: HTTPResponse(
        status: status,
        headers: HTTPHeaders([("content-type", "\(type); charset=utf-8"), ("activityid", "a-1")]),
        body: Array(body.utf8)
      )
    )
  }

  @Test func `a success is no error`() {
    #expect(meaning(200, "{}") == nil)
  }

  @Test(arguments: [
    ("GitItemNotFoundException", "TF401174: The item 'a' could not be found", FetchError.Meaning.fileAbsent),
    // No blank after the colon.
    ("GitUnresolvableToCommitException", "TF401175:The version descriptor <Branch: x >", .branchAbsent),
    ("GitItemNotFoundException", "VS403403: Cannot find any branches", .repositoryEmpty),
    ("GitRepositoryNotFoundException", "TF401019: The Git repository", .repositoryUnavailable),
    ("GitRepositoryNotFoundException", "Das Git-Repository", .repositoryUnavailable),
    ("ProjectDoesNotExistWithNameException", "TF200016: The following project", .projectUnavailable),
    ("ProjectDoesNotExistException", "VS800075: The project with id", .projectUnavailable),
    // A not-found that says nothing known proves nothing about the file.
    ("SomethingElseException", "not here", .broken),
  ])
  func `a 404 means what its code says`(typeKey: String, message: String, expected: FetchError.Meaning) {
    let error = meaning(404, exception(typeKey, message))

    #expect(error?.meaning == expected)
    #expect(error?.status == 404)
    #expect(error?.activityID == "a-1")
  }

  @Test(arguments: [
    (203, "text/html", FetchError.Meaning.signIn), (302, "text/html", .signIn),
    (401, "application/json", .signIn),
    (200, "text/html", .signIn), (404, "text/html", .organizationUnknown),
    (403, "application/json", .forbidden),
    (429, "text/html", .throttled), (500, "text/html", .serviceTrouble), (503, "text/html", .serviceTrouble),
    (502, "application/json", .serviceTrouble), (400, "application/json", .broken),
    (204, "text/plain", .broken),
  ])
  func `a status without a known body means`(status: Int, type: String, expected: FetchError.Meaning) {
    #expect(meaning(status, "", type: type)?.meaning == expected)
  }

  @Test func `a stopped organization is known by its code behind a byte order mark`() {
    let body = "\u{FEFF}" + exception("VssServiceException", "TF24668: The following collection is stopped")

    #expect(meaning(503, body)?.meaning == .organizationStopped)
  }

  @Test(arguments: [
    ("AccessCheckException", "Access Denied: token Zm9v", "the personal access token has expired"),
    (
      "UnauthorizedRequestException", "TF400813: The user 'x' is not authorized",
      "the identity is not a member of the organization (TF400813)"
    ),
  ])
  func `a refused credential says why in our words`(typeKey: String, message: String, expected: String) {
    #expect(meaning(401, exception(typeKey, message))?.detail == expected)
  }

  @Test func `nothing of the service's text is repeated`() {
    let error = meaning(403, exception("Zm9v secret", "the token Zm9vYmFy is bad"))

    #expect(error?.description == "the credential may not read this (HTTP 403)")
    #expect(error?.fullDescription == "the credential may not read this (HTTP 403), activity a-1")
  }

  @Test(arguments: ["\u{1B}[2J", "a b", "é", String(repeating: "a", count: 65)])
  func `an activity id that is none is not repeated`(id: String) {
    let answer = HTTPResponse(status: 403, headers: HTTPHeaders([(name: "ActivityId", value: id)]))

    #expect(FetchError(answer: answer)?.activityID == nil)
  }
}
