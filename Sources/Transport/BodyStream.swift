import Locks

/// A body on its way from the wire to one task, with a bounded amount in between.
///
/// The sender pauses the transfer while the reader is behind, so a body of any size costs `capacity`
/// bytes. The stream ends when the exchange ends, whether well or badly: whether the body is whole is
/// said by the answer that `Send` returns or the error that it throws.
package final class BodyStream: AsyncSequence, Sendable {
  package typealias Element = [UInt8]

  private struct State {
    var chunks: [[UInt8]] = []
    var bytes = 0
    var isFinished = false
    var reader: CheckedContinuation<Void, Never>?
    /// Set while the sender waits; called once there is room.
    var resume: (@Sendable () -> Void)?
  }

  private let capacity: Int
  private let state = Guarded(State())

  /// - Parameter capacity: How many bytes may wait for the reader before the transfer pauses.
  package init(capacity: Int = 256 << 10) { self.capacity = capacity }

  /// Takes bytes from the wire.
  ///
  /// - Parameter resume: Called once, from the reader's task, when there is room again after `false`.
  /// - Returns: `false` when the stream is full; the bytes were not taken.
  package func offer(_ bytes: [UInt8], resume: @escaping @Sendable () -> Void) -> Bool {
    let reader = state.withLock { state -> (isTaken: Bool, reader: CheckedContinuation<Void, Never>?) in
      guard state.bytes < capacity else {
        state.resume = resume
        return (false, nil)
      }
      state.chunks.append(bytes)
      state.bytes += bytes.count
      return (true, state.reader.take())
    }
    reader.reader?.resume()
    return reader.isTaken
  }

  /// Ends the stream; what is in it is still read.
  package func finish() {
    state.withLock { state in
      state.isFinished = true
      return state.reader.take()
    }?.resume()
  }

  /// The next chunk, or nil at the end or when the reading task is cancelled.
  fileprivate func next() async -> [UInt8]? {
    while !Task.isCancelled {
      let step = state.withLock {
        state -> (chunk: [UInt8]?, isFinished: Bool, resume: (@Sendable () -> Void)?) in
        guard !state.chunks.isEmpty else { return (nil, state.isFinished, nil) }
        let chunk = state.chunks.removeFirst()
        state.bytes -= chunk.count
        return (chunk, false, state.bytes < capacity ? state.resume.take() : nil)
      }
      step.resume?()
      if step.chunk != nil || step.isFinished { return step.chunk }
      await change()
    }
    return nil
  }

  private func change() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isChanged = state.withLock { state in
          // Checked under the lock: the handler below takes it too, so either it finds the reader or we
          // see the cancellation.
          if !state.chunks.isEmpty || state.isFinished || Task.isCancelled { return true }
          state.reader = continuation
          return false
        }
        if isChanged { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.reader.take() }?.resume()
    }
  }

  package func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let stream: BodyStream
    package mutating func next() async -> [UInt8]? { await stream.next() }
  }
}
