/// Gives way until a condition holds; the time limit of the test ends it when that never comes.
///
/// - Throws: `CancellationError`, and what the condition throws.
package func until(
  isolation: isolated (any Actor)? = #isolation,
  _ condition: () async throws -> Bool
) async throws {
  while try await !condition() {
    try Task.checkCancellation()
    await Task.yield()
  }
}
