import Foundation
import NIOCore

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One try to deliver an event.
package struct HookDelivery: Sendable, Equatable {
  package var eventType: String
  package var subscription: String
  package var notification: Int
  /// From 1.
  package var attempt: Int
  /// Nil when no answer came.
  package var status: Int?
}

/// The subscriptions of all organizations, and what was delivered to them.
final class HookStore: Sendable {
  private struct State {
    var subscriptions: [HookSubscription] = []
    var made = 0
    var lastPush = 0
    var deliveries: [HookDelivery] = []
    /// Where events go while somebody delivers.
    var queue: AsyncStream<Post>.Continuation?
    /// What nobody has delivered yet.
    var waiting: [Post] = []
  }

  private struct Post: Sendable {
    let subscription: GUID
    let notification: Int
    let event: HookEvent
  }

  /// Answers that may be better the next time, and how often that is tried (facts/azure-devops-api.md 7.3).
  private static let transient: Set<Int> = [408, 502, 503, 504]
  private static let ladder: [Double] = [1, 2, 4, 8, 16, 32, 60, 60]
  /// Failures for good after which a subscription is given up.
  private static let lastFailure = 5
  /// Deliveries that are remembered.
  private static let capacity = 20_000

  private let state = Guarded(State())
  /// What the seconds of the ladder are multiplied by.
  private let retryScale: Double

  init(retryScale: Double) { self.retryScale = retryScale }

  func subscriptions(of organization: String) -> [HookSubscription] {
    state.withLock { $0.subscriptions.filter { $0.organization == organization.lowercased() } }
  }

  func add(_ make: (GUID) -> HookSubscription) -> HookSubscription {
    state.withLock { state in
      state.made += 1
      let made = make(GUID(name: "subscription/\(state.made)"))
      state.subscriptions.append(made)
      return made
    }
  }

  /// - Returns: Whether there was one.
  func remove(_ id: GUID, of organization: String) -> Bool {
    state.withLock { state in
      let count = state.subscriptions.count
      state.subscriptions.removeAll { $0.id == id && $0.organization == organization.lowercased() }
      return state.subscriptions.count < count
    }
  }

  /// Every try so far, oldest first.
  var deliveries: [HookDelivery] { state.withLock { $0.deliveries } }

  /// Finds what has changed, and sends it to those who want it.
  func changed(from old: WorldIndex, to new: WorldIndex, history: History) {
    guard state.withLock({ !$0.subscriptions.isEmpty }) else { return }
    state.withLock { state in
      let found = HookEvents(from: old, to: new, history: history, lastPush: state.lastPush)
      state.lastPush = found.lastPush
      for event in found.events {
        for place in state.subscriptions.indices where state.subscriptions[place].wants(event) {
          state.subscriptions[place].notifications += 1
          let subscription = state.subscriptions[place]
          let post = Post(
            subscription: subscription.id,
            notification: subscription.notifications,
            event: event
          )
          if let queue = state.queue { queue.yield(post) } else { state.waiting.append(post) }
        }
      }
    }
  }

  /// Delivers until the task is cancelled; only once at a time.
  ///
  /// - Parameter base: Scheme and host of the addresses in payloads.
  func deliver(base: String) async {
    let (posts, queue) = AsyncStream.makeStream(of: Post.self)
    let isFirst = state.withLock { state in
      guard state.queue == nil else { return false }
      state.queue = queue
      for post in state.waiting { queue.yield(post) }
      state.waiting = []
      return true
    }
    guard isFirst else { return }
    defer { state.withLock { $0.queue = nil } }
    await withDiscardingTaskGroup { group in
      for await post in posts {
        group.addTask { [self] in await deliver(post, base) }
      }
      group.cancelAll()
    }
  }

  private func deliver(_ post: Post, _ base: String) async {
    for attempt in 1...(Self.ladder.count + 1) {
      guard let subscription = state.withLock({ $0.subscriptions.first { $0.id == post.subscription } })
      else {
        return
      }
      let status = await send(post, to: subscription, base)
      guard !Task.isCancelled else { return }
      note(post, attempt, status)
      if let status, (200..<300).contains(status) { return end(post, failed: false) }
      if status == 410 { return disable(post) }
      guard status.map(Self.transient.contains) ?? true, attempt <= Self.ladder.count else {
        return end(post, failed: true)
      }
      do { try await Task.sleep(for: .seconds(Self.ladder[attempt - 1] * retryScale)) } catch { return }
    }
  }

  private func send(_ post: Post, to subscription: HookSubscription, _ base: String) async -> Int? {
    // To this machine only: a world is written by tests, and nothing in it may send anything anywhere.
    guard let url = URL(string: subscription.url), let host = url.host(),
      ["127.0.0.1", "localhost", "::1"].contains(host)
    else { return 400 }
    var request = URLRequest(url: url, timeoutInterval: 20)
    request.httpMethod = "POST"
    request.setValue("application/json; charset=utf-8", forHTTPHeaderField: "Content-Type")
    let inputs = subscription.consumerInputs
    if let password = inputs["basicAuthPassword"] {
      let pair = Data("\(inputs["basicAuthUsername"] ?? ""):\(password)".utf8).base64EncodedString()
      request.setValue("Basic \(pair)", forHTTPHeaderField: "Authorization")
    }
    for line in inputs["httpHeaders"]?.split(separator: "\n") ?? [] {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let value = parts[1].trimmingCharacters(in: .whitespaces)
      request.setValue(value, forHTTPHeaderField: parts[0].trimmingCharacters(in: .whitespaces))
    }
    request.httpBody = Data(Self.payload(post, subscription, base))
    let answer = try? await URLSession.shared.data(for: request)  // no answer is one of the outcomes
    return (answer?.1 as? HTTPURLResponse)?.statusCode
  }

  private static func payload(_ post: Post, _ subscription: HookSubscription, _ base: String) -> [UInt8] {
    var json = JSONWriter()
    let address = "\(base)/\(PercentEncoding.encoded(subscription.organization))/"
    json.object { json in
      json.field("subscriptionId", subscription.id.description)
      json.field("notificationId", post.notification)
      json.field("id", post.event.id.description)
      json.field("eventType", post.event.type)
      json.field("publisherId", "tfs")
      json.null("message")
      json.null("detailedMessage")
      json.object("resource") { post.event.resource(base, &$0) }
      json.field("resourceVersion", subscription.resourceVersion)
      json.object("resourceContainers") { json in
        for name in ["collection", "account"] {
          json.field(
            named: name,
            verbatim: "{\"id\":\"\(GUID(name: subscription.organization))\",\"baseUrl\":\"\(address)\"}"
          )
        }
        json.field(
          named: "project",
          verbatim: "{\"id\":\"\(post.event.project)\",\"baseUrl\":\"\(address)\"}"
        )
      }
      json.field("createdDate", "2026-01-05T08:00:00.123Z")
    }
    return Array(json.buffer.readableBytesView)
  }

  private func note(_ post: Post, _ attempt: Int, _ status: Int?) {
    state.withLock { state in
      guard state.deliveries.count < Self.capacity else { return }
      state.deliveries.append(
        HookDelivery(
          eventType: post.event.type,
          subscription: post.subscription.description,
          notification: post.notification,
          attempt: attempt,
          status: status
        )
      )
    }
  }

  private func end(_ post: Post, failed: Bool) {
    change(post) { subscription in
      subscription.failures = failed ? subscription.failures + 1 : 0
      guard subscription.status != "disabledBySystem" else { return }
      subscription.status =
        subscription.failures >= Self.lastFailure ? "disabledBySystem" : failed ? "onProbation" : "enabled"
    }
  }

  private func disable(_ post: Post) { change(post) { $0.status = "disabledBySystem" } }

  private func change(_ post: Post, _ change: (inout HookSubscription) -> Void) {
    state.withLock { state in
      guard let place = state.subscriptions.firstIndex(where: { $0.id == post.subscription }) else { return }
      change(&state.subscriptions[place])
    }
  }
}
