/// The pages a caller gets instead of data.
///
/// Only their type and their titles matter.
enum Page {
  static let signIn = plain(title: "Azure DevOps Services | Sign In", text: "Sign in to go on.")

  static func moved(to address: String) -> String {
    plain(title: "Object moved", text: "Object moved to \(address).")
  }

  static let organizationMissing = plain(
    title: "Azure DevOps Services | 404 - Not Found",
    text: "404 - The resource cannot be found."
  )

  /// The front end's page, which names the request (recording 28).
  static func unavailable(reference: String) -> String {
    plain(title: "Azure DevOps Services Unavailable", text: "The services are not available. \(reference)")
  }

  static let tooManyRequests = plain(
    title: "Azure DevOps Services | Too Many Requests",
    text: "TF400733: The request has been canceled: Request was blocked due to exceeding usage of a resource."
  )

  static let unexpected = plain(title: "A page", text: "This is a page and not an answer of the API.")

  static func plain(title: String, text: String) -> String {
    """
    <!DOCTYPE html>
    <html>
    <head><meta charset="utf-8"><title>\(escaped(title))</title></head>
    <body><h1>\(escaped(title))</h1><p>\(escaped(text))</p></body>
    </html>

    """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
