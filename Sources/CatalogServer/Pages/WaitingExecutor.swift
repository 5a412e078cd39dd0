import Dispatch
import Foundation
import Locks

/// Runs tasks on threads of its own, which may wait: pages ask the database as they are made.
///
/// The threads that tasks run on otherwise are as few as the machine has cores. Pages that wait there, for a large
/// question or for one of the database's readers, would keep everything else from being answered. Dispatch's queues do
/// not help: their threads are the same ones here.
final class WaitingExecutor: TaskExecutor {
  /// More threads than the database has readers, so that a page that asks nothing finds one.
  static let pages = WaitingExecutor(threads: 8)

  private let jobs = Guarded<[UnownedJob]>([])
  private let counter = DispatchSemaphore(value: 0)

  private init(threads: Int) {
    for _ in 0..<threads {
      Thread.detachNewThread { [self] in while true { runNext() } }
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    counter.signal()
  }

  private func runNext() {
    counter.wait()
    let job = jobs.withLock { jobs -> UnownedJob? in jobs.isEmpty ? nil : jobs.removeFirst() }
    job?.runSynchronously(on: asUnownedTaskExecutor())
  }
}
