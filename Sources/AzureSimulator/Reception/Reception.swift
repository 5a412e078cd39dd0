/// Takes a request through the stages before its answer: organization, faults, token.
///
/// What the service's meter makes of the answer comes after these stages. Sign-in and managed identity go another way: ``IdentityRoute``.
struct Reception: Sendable {
  let index: WorldIndex
  /// The world as Code Search knows it.
  let searched: WorldIndex
  let history: History
  let hooks: HookStore
  let options: SimulatorOptions

  /// - Parameters:
  ///   - organization: what the route's first segment names; nil when there is none.
  ///   - fault: what the script has for this request.
  func answer(
    _ request: SimulatorRequest,
    _ route: Route,
    _ organization: OrganizationIndex?,
    _ token: World.Token?,
    _ fault: FaultAnswer?,
    _ stamp: Stamp
  ) -> SimulatorResponse {
    guard let organization else { return .organizationMissing(stamp) }
    if organization.organization.state == .stopped { return .organizationStopped(organization.name, stamp) }
    let call = Call(
      request: request,
      route: route,
      organization: organization,
      indexed: searched.organization(organization.name),
      history: history,
      hooks: hooks,
      options: options,
      stamp: stamp,
      base: Self.base(request, options)
    )
    let refusal = Refusal(
      request: request,
      organization: organization,
      options: options,
      stamp: stamp,
      address: call.organizationAddress,
      tenant: TokenAuthority.tenant(of: organization, index.world.identity)
    )
    if let replaced = fault?.replacement(refusal) { return replaced }
    if let tenant = refusal.tenantAnswer() { return tenant }
    let response = refusal.answer(to: token) ?? call.answer()
    return fault?.altered(response, second: stamp.second) ?? response
  }

  /// Scheme and host of the addresses in answers.
  static func base(_ request: SimulatorRequest, _ options: SimulatorOptions) -> String {
    options.baseURL ?? "\(request.scheme)://\(request.header("host") ?? "localhost")"
  }
}
