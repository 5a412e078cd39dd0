/// A few elements as an asynchronous sequence.
struct Once<Element: Sendable>: AsyncSequence, AsyncIteratorProtocol, Sendable {
  private var left: ArraySlice<Element>

  init(_ elements: [Element]) { left = elements[...] }

  mutating func next() async -> Element? { left.popFirst() }

  func makeAsyncIterator() -> Self { self }
}
