package import Foundation
import Logging

/// A local Azure DevOps: answers like the service, counts what it is asked, and fails when it is told to.
///
/// Shares no code with the crawler, so that a misunderstanding of the service is not shared either. Its
/// behaviour follows facts/azure-devops-api.md.
package final class Simulator: Sendable {
  let options: SimulatorOptions
  private let state: Guarded<State>
  private let history = History()
  private let folder: FolderWatch?
  /// One change at a time: each begins with the world the one before left.
  private let changing = Guarded(())
  private let begin = ContinuousClock.now

  /// What requests share and change.
  struct State: Sendable {
    var index: WorldIndex
    var faults: FaultScript
    var meter = RequestMeter()
    /// Requests since the beginning, resets or not.
    var number = 0
  }

  /// Serves a world that a test wrote down or that was generated.
  package init(world: World, options: SimulatorOptions = .init()) {
    self.options = options
    folder = nil
    state = Guarded(State(index: WorldIndex(world), faults: FaultScript(options.faults)))
  }

  /// Serves `folder/{organization}/{project}/{repository}/...` and looks for changes while it serves.
  ///
  /// `folder/world.json` holds what files cannot say: tokens, ids, flags, old names.
  ///
  /// - Throws: when the folder cannot be read, or `world.json` is not of that form.
  package init(folder: URL, options: SimulatorOptions = .init()) throws {
    self.options = options
    let (watch, world) = try FolderWatch.open(folder)
    self.folder = watch
    state = Guarded(State(index: WorldIndex(world), faults: FaultScript(options.faults)))
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

  private func replace(_ world: World) {
    let new = WorldIndex(world)
    let old = state.withLock { $0.index }
    history.keep(old, before: new)
    state.withLock { $0.index = new }
  }
}

extension Simulator {
  /// The answer to a request that came now.
  func answer(_ request: SimulatorRequest) -> SimulatorResponse {
    answer(request, at: ContinuousClock.now - begin, second: Int(Date().timeIntervalSince1970))
  }

  /// The answer to a request.
  /// - Parameters:
  ///   - now: how long after the simulator began the request came.
  ///   - second: the same moment in seconds since 1970.
  func answer(_ request: SimulatorRequest, at now: Duration, second: Int) -> SimulatorResponse {
    if request.path.hasPrefix("/__") { return control(request) }
    folder?.takeChanges { world in change { $0 = world } }
    let route = Route(path: request.path, host: request.header("host") ?? "", method: request.method)
    let index = state.withLock { $0.index }
    let organization = index.organization(route.organization)
    let token = organization.flatMap { Authentication(request, $0).token }
    let caller = RequestMeter.Caller(
      organization: route.organization.lowercased(),
      user: token?.user ?? ""
    )
    let (number, fault) = state.withLock { state in
      state.number += 1
      state.meter.count(route, caller, at: now, grace: options.retryAfterGrace)
      let fault = state.faults.next(route) {
        guard let organization, let name = route.repository else { return nil }
        return organization.repository(name, project: route.project.flatMap { organization.project($0) })
      }
      return (state.number, fault)
    }
    let stamp = Stamp(
      number: number,
      second: second,
      user: token?.user ?? "",
      session: request.header("x-tfs-session")
    )
    let reception = Reception(index: index, history: history, options: options)
    var response = reception.answer(request, route, organization, token, fault, stamp)
    response.delay += options.latency
    if let seconds = response.header("Retry-After").flatMap({ Int($0) }) {
      state.withLock { $0.meter.openWindow(caller, at: now + response.delay, seconds: seconds) }
    }
    log(request, route, response)
    return response
  }

  private func log(_ request: SimulatorRequest, _ route: Route, _ response: SimulatorResponse) {
    guard let logger = options.logger else { return }
    logger.info("\(request.method) \(request.path) \(response.status)", metadata: ["route": "\(route.name)"])
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
