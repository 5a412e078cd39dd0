import CatalogStore
import Testing

@testable import Crawl

/// When a repository goes (decisions.md 10).
struct RemovalRuleTests {
  @Test(arguments: [
    // Listed, whatever else was heard of it.
    (RepositoryStanding.listed, false, RemovalVerdict.keep),
    (.listed, true, .keep),
    // One list alone proves nothing, not even with what is shown.
    (.missing(listings: 1, .notAsked), false, .mark(.missingOnce)),
    (.missing(listings: 1, .shown(.deleted)), false, .mark(.missingOnce)),
    (.missing(listings: 0, .shown(.recycled)), false, .mark(.missingOnce)),
    // Two lists prove nothing either: a right that was lost looks the same.
    (.missing(listings: 2, .notAsked), false, .mark(.notAsked)),
    (.missing(listings: 2, .notShown), false, .mark(.notShown)),
    (.missing(listings: 2, .unreadable), false, .mark(.unreadable)),
    // Both together do.
    (.missing(listings: 2, .shown(.deleted)), false, .remove(.confirmed(.deleted))),
    (.missing(listings: 2, .shown(.recycled)), false, .remove(.confirmed(.recycled))),
    (.missing(listings: 2, .shown(.projectDeleted)), false, .remove(.confirmed(.projectDeleted))),
    // An operator's word is enough.
    (.missing(listings: 1, .notAsked), true, .remove(.accepted)),
    (.missing(listings: 2, .notShown), true, .remove(.accepted)),
    (.missing(listings: 2, .unreadable), true, .remove(.accepted)),
  ])
  func `what is known of a repository decides what becomes of it`(
    standing: RepositoryStanding,
    isAccepted: Bool,
    verdict: RemovalVerdict
  ) {
    #expect(RemovalRule(maxShare: 0.25, isAccepted: isAccepted).verdict(on: standing) == verdict)
  }

  @Test(arguments: [
    (0.25, 0, 0, false), (0.25, 1, 4, false), (0.25, 2, 4, true), (0.25, 25, 100, false),
    (0.25, 26, 100, true), (0, 0, 5, false), (0, 1, 5, true), (1, 5, 5, false),
  ])
  func `more than the share is too much`(share: Double, gone: Int, total: Int, isTooMuch: Bool) {
    #expect(RemovalRule(maxShare: share, isAccepted: false).isTooMuch(gone, of: total) == isTooMuch)
  }

  private func repository(
    _ id: Int64,
    listings: Int = 2,
    isHeld: Bool = false,
    entities: Int = 1
  ) -> MissingRepository {
    MissingRepository(id: id, guid: "g\(id)", listings: listings, isHeld: isHeld, entities: entities)
  }

  private func plan(
    _ repositories: [(MissingRepository, DeletionAnswer)],
    maxShare: Double = 0.25,
    isAccepted: Bool = false
  ) -> RemovalPlan {
    var plan = RemovalPlan(RemovalRule(maxShare: maxShare, isAccepted: isAccepted))
    for (repository, answer) in repositories { plan.add(repository, answer) }
    return plan
  }

  @Test func `what is gone is removed, and the others are counted with their reasons`() {
    let plan = plan([
      (repository(1), .shown(.deleted)), (repository(2, entities: 0), .shown(.recycled)),
      (repository(3, listings: 1, entities: 4), .notAsked), (repository(4), .notShown),
      (repository(5), .notShown), (repository(6, entities: 0), .notShown), (repository(7), .unreadable),
    ])

    let decision = plan.decision(of: 40)

    #expect(decision.removed == [1, 2])
    #expect(decision.held.isEmpty)
    #expect(decision.heldBack.repositories == 4)
    #expect(
      decision.heldBack.message
        == "4 repositories are no longer listed and kept with 7 entities: 1 missing from one complete list so "
        + "far; 2 not shown as deleted, so that the credential may have lost its right to see them: give it back; "
        + "1 of projects whose deleted repositories the credential cannot read; 'sync --accept-removals' removes "
        + "all that is no longer listed"
    )
  }

  @Test func `when too much would go at once nothing goes, and numbers say so`() {
    let plan = plan([
      (repository(1, entities: 3), .shown(.deleted)), (repository(2, entities: 0), .shown(.deleted)),
      (repository(3, entities: 8), .shown(.recycled)),
    ])

    let decision = plan.decision(of: 32)

    #expect(decision.removed.isEmpty)
    #expect(decision.held == [1, 2, 3])
    #expect(
      decision.heldBack
        == HeldBackRemovals(
          repositories: 2,
          message:
            "2 repositories are no longer listed and kept with 11 entities: 2 deleted, but with 11 of 32 "
            + "entities they are more than crawler.removals.maxShare (25 %) lets go at once: the next sync that "
            + "finds the same removes them; 'sync --accept-removals' removes all that is no longer listed"
        )
    )
  }

  @Test func `a second crawl that finds the same removes what was held, and only that`() {
    let plan = plan(
      [
        (repository(1, isHeld: true, entities: 11), .shown(.deleted)),
        (repository(2, entities: 9), .shown(.deleted)),
      ],
      maxShare: 0.125
    )

    let decision = plan.decision(of: 32)

    #expect(decision.removed == [1])
    #expect(decision.held == [2])
    #expect(decision.heldBack.repositories == 1)
    #expect(decision.heldBack.message.contains("with 9 of 32 entities they are more than"))
    #expect(decision.heldBack.message.contains("(12.5 %)"))
  }

  @Test(arguments: [
    (DeletionAnswer.notShown, [Int64(1)]), (.unreadable, [1]), (.notAsked, []), (.shown(.deleted), []),
  ])
  func `what was held and is not shown any more has to be found gone twice again`(
    answer: DeletionAnswer,
    released: [Int64]
  ) {
    #expect(plan([(repository(1, isHeld: true), answer)]).released == released)
  }

  @Test func `nothing that is missing is no message`() {
    #expect(plan([]).decision(of: 3).heldBack == HeldBackRemovals())
    #expect(plan([(repository(1, entities: 0), .notShown)]).decision(of: 3).heldBack == HeldBackRemovals())
  }

  @Test func `an operator's word removes all, however much`() {
    let plan = plan(
      [(repository(1, listings: 1, entities: 30), .notAsked), (repository(2), .notShown)],
      isAccepted: true
    )

    let decision = plan.decision(of: 31)

    #expect(decision.removed == [1, 2])
    #expect(decision.heldBack.repositories == 0)
  }
}
