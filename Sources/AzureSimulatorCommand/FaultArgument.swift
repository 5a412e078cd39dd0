import ArgumentParser
import AzureSimulator

/// A fault on the command line: `route=items,numbers=1+2,answer=429/5`.
///
/// The keys `route`, `organization`, `repository`, `identity` and `numbers` may be left out: every request.
struct FaultArgument: ExpressibleByArgument {
  let rule: FaultRule

  init?(argument: String) {
    var parts: [String: String] = [:]
    for part in argument.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
      guard pair.count == 2, parts.updateValue(pair[1], forKey: pair[0]) == nil else { return nil }
    }
    guard
      Set(parts.keys).isSubset(of: [
        "route", "organization", "repository", "identity", "numbers", "answer",
      ]),
      let answer = parts["answer"].flatMap({ Self.answer($0) }), let numbers = Self.numbers(parts["numbers"])
    else { return nil }
    rule = FaultRule(
      route: parts["route"],
      organization: parts["organization"],
      repository: parts["repository"],
      identity: parts["identity"],
      numbers: numbers,
      answer: answer
    )
  }

  private static func numbers(_ text: String?) -> FaultRule.Numbers? {
    guard let text else { return .all }
    let words = text.split(separator: "+", omittingEmptySubsequences: false)
    let numbers = words.compactMap { Int($0) }.filter { $0 > 0 }
    return numbers.count == words.count ? .only(Set(numbers)) : nil
  }

  /// The words for answers; a number behind a slash is in seconds or bytes, or a status, or an AADSTS number.
  private static func answer(_ text: String) -> FaultAnswer? {
    let parts = text.split(separator: "/", maxSplits: 1)
    if parts.count == 2 {
      guard let number = Int(parts[1]), number >= 0 else { return nil }
      switch parts[0] {
      case "429": return .tooManyRequests(retryAfter: number)
      case "429-page": return .tooManyRequestsPage(retryAfter: number)
      case "503": return .unavailable(retryAfter: number)
      case "trickled": return .trickled(by: .seconds(number))
      case "longer": return .wrongLength(by: number)
      case "shorter": return .wrongLength(by: -number)
      case "delayed": return .delayed(retryAfter: number)
      case "slow": return .slow(by: .seconds(number))
      case "status": return (400...599).contains(number) ? .status(number) : nil
      case "aadsts": return .entra(number)
      default: return nil
      }
    }
    return plain[text]
  }

  private static let plain: [String: FaultAnswer] = [
    "401": .unauthorized, "403": .forbidden, "429": .tooManyRequests(retryAfter: nil), "500": .serverError,
    "429-page": .tooManyRequestsPage(retryAfter: nil), "503": .unavailable(retryAfter: nil),
    "reset": .connectionReset, "stalled": .stalled,
    "cut": .connectionCutBeforeAnswer, "cut-body": .connectionCutInBody, "page": .htmlPage,
    "sign-in": .signInPage, "stopped": .organizationStopped, "unavailable": .frontEndUnavailable,
    "wrong-json": .wrongJSON, "no-imds": .noMetadataService,
  ]

  /// For the help text.
  static let answers =
    (plain.keys.sorted() + [
      "429/SECONDS", "429-page/SECONDS", "503/SECONDS", "trickled/SECONDS", "longer/BYTES", "shorter/BYTES",
      "delayed/SECONDS", "slow/SECONDS", "status/STATUS", "aadsts/NUMBER",
    ]).joined(separator: ", ")
}
