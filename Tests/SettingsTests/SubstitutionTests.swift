import Testing

@testable import Settings

/// The cases of facts/backstage-azure.md 9, part B, that concern texts.
@Suite struct SubstitutionTests {
  private let substitution = Substitution(environment: [
    "SECRET": "my-secret", "TOKEN": "my-token", "EMPTY": "", "BRACES": "${SECRET}",
  ])

  private func text(_ text: String) -> String? {
    if case .text(let text, _) = substitution.apply(to: text) { text } else { nil }
  }

  @Test(arguments: [
    ("hello ${SECRET}", "hello my-secret"),  // B30
    ("${SECRET      } $${} ${TOKEN }", "my-secret ${} my-token"),  // B31
    ("foo ${MISSING}", nil),  // B32
    ("empty substitute ${}", nil),
    ("foo ${MISSING} ${SECRET}", nil),
    ("foo ${SECRET} ${SECRET}", "foo my-secret my-secret"),  // B33
    ("foo ${SECRET} $$${ESCAPE_ME}", "foo my-secret $${ESCAPE_ME}"),  // B34
    ("foo $${ESCAPE_ME} $$${ESCAPE_ME_TOO} $${}", "foo ${ESCAPE_ME} $${ESCAPE_ME_TOO} ${}"),  // B35
    ("a ${{X}} ${", "a ${{X}} ${"),  // B36
    ("${BRACES}", "${SECRET}"),
    ("plain $SECRET", "plain $SECRET"),
    ("${EMPTY}", ""),
    ("é${SECRET}\n$", "émy-secret\n$"),
  ])
  func `B30 to B36: variables are put into texts`(input: String, expected: String?) {
    #expect(text(input) == expected)
  }

  @Test(arguments: [
    ("${HOST:-localhost:3000}", "localhost:3000"),
    ("${EMPTY:-localhost:3000}", "localhost:3000"),
    ("${SECRET:-localhost:3000}", "my-secret"),
    ("${ HOST :- a }", "a"),
    ("${HOST:-}", nil),
    ("${HOST:-  }", nil),
    ("${SECRET:-}", "my-secret"),
  ])
  func `B37: a variable that is unset or empty has a fallback`(input: String, expected: String?) {
    #expect(text(input) == expected)
  }

  @Test(arguments: [
    ("x ${ MISSING }", "the environment variable MISSING is not set"),
    ("${HOST:-}", "the environment variable HOST is not set"),
    ("${}", "'${}' names no environment variable"),
  ])
  func `a variable that is not set is named`(input: String, reason: String) {
    #expect(substitution.apply(to: input) == .unset(reason))
  }

  @Test func `B42: a token whose variable is not set is no valid credential`() {
    let problems = SettingsFixture.problems(
      "integrations: {azure: [{credentials: [{personalAccessToken: '${MISSING}'}]}]}"
    )

    #expect(problems.count == 1)
    #expect(
      problems.first?.contains(
        "is not a valid credential: got nothing (personalAccessToken: the environment variable MISSING is not set)"
      ) == true
    )
  }

  @Test func `a token whose variable is empty is refused with the variable's name`() {
    let problems = SettingsFixture.problems(
      "integrations: {azure: [{credentials: [{personalAccessToken: '${EMPTY}'}]}]}",
      environment: ["EMPTY": ""]
    )

    #expect(problems.count == 1)
    #expect(problems.first?.hasSuffix("got empty-string, wanted string (it is made of EMPTY)") == true)
  }

  @Test func `an organization whose variable is not set is refused with the variable's name`() {
    let problems = SettingsFixture.problems(
      "integrations: {azure: [{credentials: [{organizations: ['${ORG}'], personalAccessToken: t}]}]}"
    )

    #expect(problems.count == 1)
    #expect(
      problems.first?.hasSuffix(
        "organizations[0]: got nothing: the environment variable ORG is not set"
      ) == true
    )
  }

  @Test func `numbers, booleans and keys are left alone`() throws {
    let text = "crawler: {concurrency: 3, codeSearch: true, endpoints: {a.com: 'https://${HOST}'}}"

    let settings = try SettingsFixture.read(text, environment: ["HOST": "b.com", "3": "4", "true": "false"])

    #expect(settings.crawler.concurrency == 3)
    #expect(settings.crawler.codeSearch)
    #expect(settings.crawler.endpoints == ["a.com": "https://b.com"])
  }
}
