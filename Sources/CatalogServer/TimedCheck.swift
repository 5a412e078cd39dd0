/// A check that whoever asks waits for no longer than a limit.
///
/// One that takes longer goes on by itself, and those who ask meanwhile wait for the same one: questions that come again
/// and again do not pile up behind a disk that does not answer.
actor TimedCheck {
  /// The check was not done within the limit.
  struct TookTooLong: Error, Equatable {
    let limit: Duration
  }

  private let limit: Duration
  private let clock: any Clock<Duration>
  private let check: @Sendable () async throws -> Void
  private var isRunning = false
  private var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
  private var lastNumber = 0

  init(
    limit: Duration,
    clock: any Clock<Duration> = ContinuousClock(),
    _ check: @escaping @Sendable () async throws -> Void
  ) {
    self.limit = limit
    self.clock = clock
    self.check = check
  }

  /// - Throws: `TookTooLong`, and what the check throws.
  func run() async throws {
    if !isRunning { begin() }
    lastNumber += 1
    let number = lastNumber
    let timer = Task { [clock, limit] in
      try await clock.sleep(for: limit)
      giveUp(number)
    }
    defer { timer.cancel() }
    try await withCheckedThrowingContinuation { waiting[number] = $0 }
  }

  private func begin() {
    isRunning = true
    Task { [check] in
      do {
        try await check()
        finish(.success(()))
      } catch {
        finish(.failure(error))
      }
    }
  }

  private func finish(_ result: Result<Void, any Error>) {
    isRunning = false
    for continuation in waiting.values { continuation.resume(with: result) }
    waiting = [:]
  }

  private func giveUp(_ number: Int) {
    waiting.removeValue(forKey: number)?.resume(throwing: TookTooLong(limit: limit))
  }
}
