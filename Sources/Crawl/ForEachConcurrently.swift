/// Runs `work` on each element, at most `limit` at a time, and hands each result to `collect` one by one, in
/// the order they finish.
///
/// An element is taken only when there is room to start on it, and room comes only after a result is
/// collected: a slow `collect` holds back the work, and the work holds back whatever fills `elements`.
///
/// - Throws: What `collect` throws; the work under way is then cancelled.
package func forEachConcurrently<Elements: AsyncSequence, Output: Sendable>(
  _ elements: Elements,
  limit: Int,
  work: @escaping @Sendable (Elements.Element) async -> Output,
  collect: (Output) async throws -> Void
) async throws where Elements.Element: Sendable {
  precondition(limit >= 1, "at least one task must be allowed to run")
  try await withThrowingTaskGroup(of: Output.self) { group in
    var iterator = elements.makeAsyncIterator()
    var running = 0
    while true {
      if running == limit, let output = try await group.next() {
        running -= 1
        try await collect(output)
      }
      guard let element = try await iterator.next() else { break }
      group.addTask { await work(element) }
      running += 1
    }
    for try await output in group { try await collect(output) }
  }
}
