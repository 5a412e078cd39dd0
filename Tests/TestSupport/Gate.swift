/// A moment to wait for: closed until someone opens it.
package actor Gate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  package init() {}

  package func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters = []
  }

  package func wait() async {
    guard !isOpen else { return }
    await withCheckedContinuation { waiters.append($0) }
  }
}
