import NIOCore

/// An error the service answers with: status, exception and message (facts/azure-devops-api.md 6).
struct ServiceError: Error, Equatable {
  let status: Int
  let typeKey: String
  /// Namespace and assembly of the exception.
  let typeName: String
  let message: String
  /// 3000, or 0 for plain .NET exceptions.
  let eventID: Int

  init(_ status: Int, git typeKey: String, _ message: String) {
    self.init(status, typeKey, in: "Microsoft.TeamFoundation.Git.Server", message)
  }

  init(_ status: Int, _ typeKey: String, in assembly: String, _ message: String, eventID: Int = 3000) {
    self.status = status
    self.typeKey = typeKey
    typeName =
      assembly == "mscorlib" ? "System.\(typeKey), mscorlib" : "\(assembly).\(typeKey), \(assembly)"
    self.message = message
    self.eventID = eventID
  }

  /// The body: compact JSON in the service's key order.
  var body: ByteBuffer {
    var json = JSONWriter()
    json.object {
      $0.field("$id", "1")
      $0.null("innerException")
      $0.field("message", message)
      $0.field("typeName", typeName)
      $0.field("typeKey", typeKey)
      $0.field("errorCode", 0)
      $0.field("eventId", eventID)
    }
    return json.buffer
  }
}

extension ServiceError {
  // The messages are the service's wire format, which clients read codes and names from.

  static func badArgument(_ name: String, _ value: String) -> ServiceError {
    ServiceError(
      400,
      "ArgumentException",
      in: "mscorlib",
      "The value '\(value)' is not valid for \(name).\r\nParameter name: \(name)",
      eventID: 0
    )
  }

  static func itemMissing(_ path: String, _ repository: String, _ version: String, _ commit: ObjectID)
    -> ServiceError
  {
    let bare = path.hasPrefix("/") ? String(path.dropFirst()) : path
    return ServiceError(
      404,
      git: "GitItemNotFoundException",
      "TF401174: The item '\(bare)' could not be found in the repository '\(repository)' at the version "
        + "specified by '\(version)' (resolved to commit '\(commit)')"
    )
  }

  static func versionMissing(_ version: String, _ repository: String) -> ServiceError {
    ServiceError(
      404,
      git: "GitUnresolvableToCommitException",
      "TF401175:The version descriptor \(version) could not be resolved to a version in the repository "
        + repository
    )
  }

  static func emptyRepository(_ repository: String) -> ServiceError {
    ServiceError(404, git: "GitItemNotFoundException", "VS403403: \(noBranches(repository))")
  }

  static func emptyRepositoryStatistics(_ repository: String) -> ServiceError {
    ServiceError(400, "ArgumentException", in: "mscorlib", "VS403403: \(noBranches(repository))", eventID: 0)
  }

  static func branchMissingInStatistics(_ branch: String, _ repository: String) -> ServiceError {
    ServiceError(
      400,
      "ArgumentException",
      in: "mscorlib",
      "The branch '\(branch)' does not exist in the repository '\(repository)'.\r\nParameter name: name",
      eventID: 0
    )
  }

  private static func noBranches(_ repository: String) -> String {
    "Cannot find any branches for the \(repository) repository."
  }

  static func repositoryMissing(_ repository: String) -> ServiceError {
    ServiceError(
      404,
      git: "GitRepositoryNotFoundException",
      "TF401019: The Git repository with name or identifier \(repository) does not exist or you do not have "
        + "permissions for the operation you are attempting."
    )
  }

  static func repositoryDenied(_ user: String) -> ServiceError {
    ServiceError(
      403,
      git: "GitNeedsPermissionException",
      "TF401027: You need the Git 'GenericRead' permission to perform this action. "
        + "Details: identity '\(user)', scope 'repository'."
    )
  }

  /// Which error the service gives is not known.
  static func searchDenied(_ user: String) -> ServiceError {
    ServiceError(
      403,
      "VssServiceException",
      in: "Microsoft.VisualStudio.Services.Common",
      "The identity '\(user)' may not use Code Search."
    )
  }

  static func repositoryInMaintenance(_ repository: String) -> ServiceError {
    ServiceError(
      503,
      "VssServiceException",
      in: "Microsoft.VisualStudio.Services.Common",
      "The repository \(repository) is in maintenance. Try again later."
    )
  }

  static func objectMissing(_ id: String) -> ServiceError {
    ServiceError(
      404,
      git: "GitObjectDoesNotExistException",
      "TF401035: The object '\(id)' does not exist."
    )
  }

  static func projectMissing(name: String) -> ServiceError {
    ServiceError(
      404,
      "ProjectDoesNotExistWithNameException",
      in: "Microsoft.TeamFoundation.Core.WebApi",
      "TF200016: The following project does not exist: \(name). Verify that the name of the project is "
        + "correct and that the project exists on the specified Azure DevOps Server."
    )
  }

  static func projectMissing(id: String) -> ServiceError {
    ServiceError(
      404,
      "ProjectDoesNotExistException",
      in: "Microsoft.TeamFoundation.Core.WebApi",
      "VS800075: The project with id '\(id)' does not exist, or you do not have permission to access it."
    )
  }

  static func versionNotSpecified(_ method: String) -> ServiceError {
    ServiceError(
      400,
      "VssVersionNotSpecifiedException",
      in: "Microsoft.VisualStudio.Services.WebApi",
      "No api-version was supplied for the \"\(method)\" request. The version must be supplied either as part "
        + "of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter "
        + "(e.g. \"?api-version=1.0\")."
    )
  }

  static func versionIsPreview(_ version: String) -> ServiceError {
    ServiceError(
      400,
      "VssInvalidPreviewVersionException",
      in: "Microsoft.VisualStudio.Services.WebApi",
      "The requested version \"\(version)\" of the resource is under preview. The -preview flag must be "
        + "supplied in the api-version for such requests. For example: \"\(version)-preview\""
    )
  }

  static func versionOutOfRange(_ version: String, highest: String) -> ServiceError {
    ServiceError(
      400,
      "VssVersionOutOfRangeException",
      in: "Microsoft.VisualStudio.Services.WebApi",
      "The requested REST API version of \(version) is out of range for this server. "
        + "The latest REST API version this server supports is \(highest)."
    )
  }
}
