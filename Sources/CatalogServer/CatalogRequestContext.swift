package import Hummingbird
import Locks
package import NIOCore

/// What is known of one request while it is answered.
package struct CatalogRequestContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// Who asks; nil until it is known, and where nobody has to say.
  package var caller: Caller?
  /// The connection, to cut it.
  package let channel: any Channel
  /// Whether the request's body has been read: what is left of one goes on being sent.
  let hasReadBody = Guarded(false)

  /// The address that the request comes from, as far as the connection knows: behind a proxy, the proxy's.
  package var peer: String? { channel.remoteAddress?.ipAddress }

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}

/// Somebody who may use the API.
package struct Caller: Sendable, Equatable {
  /// The name of the token in the settings; shown in logs in place of it.
  package var name: String
  /// What the token may be used for.
  package var scopes: Set<AccessScope>

  package init(name: String, scopes: Set<AccessScope>) {
    self.name = name
    self.scopes = scopes
  }
}

/// What a request needs, and a token gives.
package enum AccessScope: String, Sendable, CaseIterable {
  /// To read the catalog, its problems and the metrics.
  case read
  /// To have known entities and repositories read again.
  case refresh
  /// To change what is crawled: locations, whole crawls, removals.
  case admin
}
