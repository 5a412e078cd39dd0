import NIOCore

/// Runs tasks on the event loop of their sockets.
///
/// With the usual thread pool every request changes threads four times, which on one core halved the
/// number of answers a second.
final class EventLoopExecutor: TaskExecutor {
  let loop: any EventLoop

  init(_ loop: any EventLoop) {
    self.loop = loop
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
