// Stands in for what the service has of Hummingbird, beside those of its files that read what clients send.

package struct APIError: Error, Equatable {
  package var message: String

  package static func input(_ message: String) -> APIError { APIError(message: message) }
}

struct OperationParameter {
  let name: String
}
