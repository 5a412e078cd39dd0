import Testing

@testable import AzureSimulator

@Suite struct FaultTests {
  private static let items = Sample.repository + "/items?path=/a0"

  private func faulty(_ rules: FaultRule...) -> Asking {
    Asking(Sample.world, SimulatorOptions(faults: rules))
  }

  /// facts/azure-devops-api.md 4.2, 5.2, 6 and recordings 27 and 28.
  @Test(arguments: [
    (FaultAnswer.organizationStopped, 503, "application/json", "\u{FEFF}{\"$id\":\"1\""),
    (.frontEndUnavailable, 503, "text/html", "<!DOCTYPE html>"),
    (.serverError, 500, "application/json; charset=utf-8", "{\"$id\":\"1\""),
    (.tooManyRequestsPage(retryAfter: nil), 429, "text/html; charset=utf-8", "<!DOCTYPE html>"),
    (.unavailable(retryAfter: 3), 503, "application/json; charset=utf-8", "{\"$id\":\"1\""),
    (.tooManyRequests(retryAfter: 3), 429, "application/json; charset=utf-8", "{\"$id\":\"1\""),
    (.signInPage, 203, "text/html; charset=utf-8", "<!DOCTYPE html>"),
    (.htmlPage, 200, "text/html; charset=utf-8", "<!DOCTYPE html>"),
    (.unauthorized, 401, "application/json; charset=utf-8", "{\"$id\":\"1\""),
    (.forbidden, 403, "application/json; charset=utf-8", "{\"$id\":\"1\""),
  ])
  func `a fault takes the place of the answer`(fault: FaultAnswer, status: Int, type: String, begin: String) {
    let answer = faulty(FaultRule(answer: fault)).get(Self.items)

    #expect(answer.status == status)
    #expect(answer.header("Content-Type") == type)
    #expect(answer.text.hasPrefix(begin))
  }

  @Test func `429 carries Retry-After only when the rule has one`() {
    let with = faulty(FaultRule(answer: .tooManyRequests(retryAfter: 7))).get(Self.items)
    let without = faulty(FaultRule(answer: .tooManyRequests(retryAfter: nil))).get(Self.items)

    #expect(with.header("Retry-After") == "7")
    #expect(without.header("Retry-After") == nil)
    #expect(with.typeKey == "RequestBlockedException")
    #expect(with.message?.hasPrefix("TF400733: ") == true)
  }

  @Test(arguments: [FaultAnswer.tooManyRequestsPage(retryAfter: 7), .unavailable(retryAfter: 7)])
  func `other refusals carry Retry-After as well`(fault: FaultAnswer) {
    #expect(faulty(FaultRule(answer: fault)).get(Self.items).header("Retry-After") == "7")
  }

  @Test(arguments: [
    (FaultAnswer.connectionReset, SimulatorResponse.Cut.reset), (.stalled, .stalled),
    (.trickled(by: .seconds(1)), .trickled(.seconds(1))), (.wrongLength(by: -5), .wrongLength(by: -5)),
  ])
  func `what goes wrong on the way is told to the carrier`(fault: FaultAnswer, cut: SimulatorResponse.Cut) {
    #expect(faulty(FaultRule(answer: fault)).get(Self.items).cut == cut)
  }

  @Test func `a delayed answer is right, late, and says when to go on`() {
    let answer = faulty(FaultRule(answer: .delayed(retryAfter: 5, by: .milliseconds(1250)))).get(Self.items)

    #expect(answer.status == 200)
    #expect(answer.json?["objectId"]?.string == "fa7af8bf5fdd704f73beb3adc5612682a98e1af5")
    #expect(answer.delay == .milliseconds(1250))
    #expect(answer.header("Retry-After") == "5")
    #expect(answer.header("X-RateLimit-Delay") == "1.250")
    #expect(answer.header("X-RateLimit-Reset") == "1767600005")
  }

  @Test func `wrong JSON is half of the right one`() throws {
    let right = Asking(Sample.world).get(Self.items)
    let wrong = faulty(FaultRule(answer: .wrongJSON)).get(Self.items)

    #expect(wrong.status == 200)
    #expect(wrong.json == nil)
    #expect(wrong.text.utf8.count == right.text.utf8.count / 2)
  }

  @Test func `cuts are told to the carrier, also for the streamed list`() {
    let list = faulty(FaultRule(route: "repositories", answer: .connectionCutInBody))
      .get("/contoso/_apis/git/repositories")
    let nothing = faulty(FaultRule(answer: .connectionCutBeforeAnswer)).get(Self.items)

    #expect(list.cut == .inBody)
    #expect(nothing.cut == .beforeAnswer)
  }

  @Test(arguments: [
    (FaultRule(route: "items", numbers: .nth(2), answer: .serverError), [200, 500, 200, 200]),
    (FaultRule(route: "ITEMS", numbers: .first(2), answer: .serverError), [500, 500, 200, 200]),
    (FaultRule(numbers: .only([1, 4]), answer: .serverError), [500, 200, 200, 500]),
    (FaultRule(answer: .serverError), [500, 500, 500, 500]),
    (FaultRule(route: "refs", answer: .serverError), [200, 200, 200, 200]),
  ])
  func `a rule means the requests with its numbers`(rule: FaultRule, statuses: [Int]) {
    let asking = faulty(rule)

    #expect((1...4).map { _ in asking.get(Self.items).status } == statuses)
  }

  @Test func `a rule means one repository, by name or id, and one organization`() throws {
    let id = try #require(
      Sample.world.repositoryID(organization: "contoso", project: "Shop", repository: "web")
    )
    let other = "/contoso/Shop/_apis/git/repositories/fork/items?path=/catalog-info.yaml"
    for name in ["WEB", id] {
      let asking = faulty(FaultRule(repository: name, answer: .serverError))
      #expect(asking.get(Self.items).status == 500)
      #expect(asking.get("/contoso/_apis/git/repositories/\(id)/items?path=/a0").status == 500)
      #expect(asking.get(other).status == 200)
      #expect(asking.get("/contoso/_apis/git/repositories").status == 200)
    }
    #expect(faulty(FaultRule(organization: "fabrikam", answer: .serverError)).get(other).status == 200)
    #expect(faulty(FaultRule(organization: "Contoso", answer: .serverError)).get(other).status == 500)
  }

  @Test func `rules that are set anew count from one again`() {
    let asking = faulty()
    _ = asking.get(Self.items)
    asking.simulator.setFaults([FaultRule(numbers: .nth(1), answer: .serverError)])

    #expect(asking.get(Self.items).status == 500)
    #expect(asking.get(Self.items).status == 200)
  }
}
