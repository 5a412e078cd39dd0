extension World {
  /// One token and what the service makes of it.
  ///
  /// A string literal is a personal access token that is accepted.
  package struct Token: Sendable, Equatable, ExpressibleByStringLiteral {
    package var secret: String
    package var form: Form
    package var state: State
    /// The user or service principal the token stands for.
    package var user: String

    package init(
      _ secret: String,
      form: Form = .personalAccessToken,
      state: State = .accepted,
      user: String = "simulator@example.com"
    ) {
      self.secret = secret
      self.form = form
      self.state = state
      self.user = user
    }

    package init(stringLiteral secret: String) {
      self.init(secret)
    }

    /// How the token is sent (facts/azure-devops-api.md 5.1).
    package enum Form: Sendable, Equatable {
      /// As the password of Basic authentication, with any user.
      case personalAccessToken
      /// As a Bearer token.
      case bearer
    }

    /// What happens to a request with this token (facts/azure-devops-api.md 5.2).
    package enum State: Sendable, Equatable {
      case accepted
      /// 401, AccessCheckException.
      case expired
      /// 401 with an empty body.
      case withoutScope
      /// 401, TF400813.
      case notMember
      /// 403, VS403463.
      case conditionalAccess
    }
  }
}

/// Never shows the secret.
extension World.Token: CustomStringConvertible, CustomDebugStringConvertible {
  package var description: String { "token of \(user), \(form), \(state)" }
  package var debugDescription: String { description }
}
