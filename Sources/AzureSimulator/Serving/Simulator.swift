package import Foundation
import Logging

/// A local Azure DevOps: answers like the service, counts what it is asked, and fails when it is told to.
///
/// Beside it are Entra ID's sign-in and the managed identity endpoints, whose tokens its organizations accept.
/// Shares no code with the crawler, so that a misunderstanding of the service is not shared either. Its
/// behaviour follows facts/azure-devops-api.md and facts/azure-identity.md.
package final class Simulator: Sendable {
  let options: SimulatorOptions
  private let state: Guarded<State>
  private let history = History()
  let hooks: HookStore
  private let folder: FolderWatch?
  /// One change at a time: each begins with the world the one before left.
  private let changing = Guarded(())
  private let begin = ContinuousClock.now
  let signer = TokenSigner()
  private let arcKeys: ArcKeys

  /// What requests share and change.
  struct State: Sendable {
    var index: WorldIndex
    /// The worlds before, as far as Code Search still knows them, each with the moment at which it does not
    /// any more.
    var outdated: [(until: Duration, index: WorldIndex)] = []
    var faults: FaultScript
    var meter = RequestMeter()
    /// The service's own limits; nil: there are none.
    var service: ServiceMeter?
    /// Requests since the beginning, resets or not.
    var number = 0

    init(_ world: World, _ options: SimulatorOptions) {
      index = WorldIndex(world)
      faults = FaultScript(options.faults)
      service = options.meter.map(ServiceMeter.init)
    }
  }

  /// Serves a world that a test wrote down or that was generated.
  package init(world: World, options: SimulatorOptions = .init()) {
    self.options = options
    hooks = HookStore(retryScale: options.hookRetryScale)
    folder = nil
    arcKeys = ArcKeys(folder: options.arcKeyFolder)
    state = Guarded(State(world, options))
  }

  /// Serves `folder/{organization}/{project}/{repository}/...` and looks for changes while it serves.
  ///
  /// `folder/world.json` holds what files cannot say: tokens, ids, flags, old names.
  ///
  /// - Throws: when the folder cannot be read, or `world.json` is not of that form.
  package init(folder: URL, options: SimulatorOptions = .init()) throws {
    self.options = options
    hooks = HookStore(retryScale: options.hookRetryScale)
    let (watch, world) = try FolderWatch.open(folder)
    self.folder = watch
    arcKeys = ArcKeys(folder: options.arcKeyFolder)
    state = Guarded(State(world, options))
  }

  /// The world as it is served.
  package var world: World {
    state.withLock { $0.index.world }
  }

  /// Changes the world, for example between two crawls.
  ///
  /// Changed files are a new commit of their branch.
  package func change(_ body: @Sendable (inout World) -> Void) {
    changing.withLock { _ in
      var world = self.world
      body(&world)
      replace(world)
    }
  }

  /// Every try to deliver an event to a subscription, oldest first.
  package var deliveries: [HookDelivery] { hooks.deliveries }

  /// Puts other rules in force; their counting begins anew.
  package func setFaults(_ rules: [FaultRule]) {
    state.withLock { $0.faults = FaultScript(rules) }
  }

  /// What was asked since the beginning or the last reset.
  package var requests: RequestCounts {
    state.withLock { $0.meter.counts }
  }

  /// Begins the counts anew; open connections and `Retry-After` windows stay.
  package func resetRequests() {
    state.withLock { $0.meter.reset() }
  }

  /// Lets Code Search know the world as it is now, whatever its lag.
  package func updateSearch() {
    state.withLock { $0.outdated = [] }
  }

  private func replace(_ world: World) {
    let new = WorldIndex(world)
    let old = state.withLock { $0.index }
    history.keep(old, before: new)
    let now = now
    state.withLock {
      $0.index = new
      if options.searchLag > .zero { $0.outdated.append((now + options.searchLag, old)) }
    }
    hooks.changed(from: old, to: new, history: history)
  }

  /// How long the simulator has been there.
  private var now: Duration { options.elapsed?() ?? ContinuousClock.now - begin }
}

extension Simulator {
  /// The answer to a request that came now.
  func answer(_ request: SimulatorRequest) -> SimulatorResponse {
    answer(
      request,
      at: now,
      second: Int(Date().timeIntervalSince1970)
    )
  }

  /// The answer to a request.
  /// - Parameters:
  ///   - now: how long after the simulator began the request came.
  ///   - second: the same moment in seconds since 1970.
  func answer(_ request: SimulatorRequest, at now: Duration, second: Int) -> SimulatorResponse {
    if request.path.hasPrefix("/__") { return control(request) }
    folder?.takeChanges { world in change { $0 = world } }
    if let route = IdentityRoute(path: request.path) {
      return identityAnswer(request, route, at: now, second: second)
    }
    let route = Route(path: request.path, host: request.header("host") ?? "", method: request.method)
    let (index, searched) = state.withLock { state in
      state.outdated.removeAll { $0.until <= now }
      return (state.index, state.outdated.first?.index ?? state.index)
    }
    let organization = index.organization(route.organization)
    let authority = TokenAuthority(signer: signer, identity: index.world.identity, second: second)
    let token = organization.flatMap { Authentication(request, $0, authority).token }
    let caller = RequestMeter.Caller.user(
      token?.user ?? "",
      organization: route.organization.lowercased()
    )
    let isShared = options.meter?.spansOrganizations == true
    let owner = isShared ? RequestMeter.Caller.user(token?.user ?? "", organization: "*") : caller
    let (number, fault, verdict) = state.withLock { state -> (Int, FaultAnswer?, ServiceMeter.Verdict?) in
      state.number += 1
      state.meter.count(route.name, caller, owner: owner, at: now, grace: options.retryAfterGrace)
      let fault = state.faults.next(route) {
        guard let organization, let name = route.repository else { return nil }
        return organization.repository(name, project: route.project.flatMap { organization.project($0) })
      }
      // Who is not known has no budget, and what fails by the script costs nothing.
      guard token != nil, fault == nil, let meter = options.meter,
        let verdict = state.service?.charge(route.name, to: owner, at: now)
      else { return (state.number, fault, nil) }
      state.meter.note(verdict, price: meter.price(of: route.name))
      return (state.number, fault, verdict)
    }
    options.onRequest?(number)
    let stamp = Stamp(
      number: number,
      second: second,
      user: token?.user ?? "",
      session: request.header("x-tfs-session")
    )
    let reception = Reception(
      index: index,
      searched: searched,
      history: history,
      hooks: hooks,
      options: options
    )
    var response: SimulatorResponse
    if case .blocked = verdict?.kind {
      response = .tooManyRequests(retryAfter: nil, stamp)
    } else {
      response = reception.answer(request, route, organization, token, fault, stamp)
    }
    if let verdict, let meter = options.meter {
      response = verdict.altered(response, meter, second: second)
    }
    if options.compresses { response.compress(for: request) }
    finish(&response, request, route.name, owner, at: now)
    return response
  }

  /// The answer of the sign-in host or of a managed identity endpoint.
  private func identityAnswer(
    _ request: SimulatorRequest,
    _ route: IdentityRoute,
    at now: Duration,
    second: Int
  ) -> SimulatorResponse {
    let subject = IdentityCall.subject(of: request, route)
    let caller = RequestMeter.Caller.identity(subject)
    let (number, fault, index) = state.withLock { state in
      state.number += 1
      state.meter.count(route.name, caller, at: now, grace: options.retryAfterGrace)
      return (state.number, state.faults.next { $0.matches(route, subject) }, state.index)
    }
    let call = IdentityCall(
      request: request,
      route: route,
      identity: index.world.identity,
      signer: signer,
      arcKeys: arcKeys,
      fault: fault,
      stamp: Stamp(number: number, second: second, user: "", session: nil),
      base: Reception.base(request, options)
    )
    var response = call.answer()
    finish(&response, request, route.name, caller, at: now)
    return response
  }

  /// What happens to every answer: the least delay, the window it opens, the log.
  private func finish(
    _ response: inout SimulatorResponse,
    _ request: SimulatorRequest,
    _ route: String,
    _ caller: RequestMeter.Caller,
    at now: Duration
  ) {
    response.delay += options.latency
    if let seconds = response.header("Retry-After").flatMap({ Int($0) }) {
      let end = now + response.delay
      state.withLock { $0.meter.openWindow(caller, at: end, seconds: seconds) }
    }
    guard let logger = options.logger else { return }
    logger.info("\(request.method) \(request.path) \(response.status)", metadata: ["route": "\(route)"])
  }

  func connectionOpened() {
    state.withLock { $0.meter.connectionOpened() }
  }

  func connectionClosed() {
    state.withLock { $0.meter.connectionClosed() }
  }

  var meter: RequestMeter {
    state.withLock { $0.meter }
  }

  var index: WorldIndex {
    state.withLock { $0.index }
  }
}
