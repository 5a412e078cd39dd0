import YAML

/// Puts the contents of other files in the place of a document's placeholders.
struct PlaceholderExpansion {
  let context: FileContext
  let limits: YAMLLimits
  /// How large a document may be with all that it takes in.
  let maxBytes: Int
  /// By address.
  let files: [String: IncludedFile]

  /// What one placeholder comes to.
  private enum Outcome {
    case value(YAMLDocument.Replacement)
    /// It stays as it is.
    case unknown
    case needs([String])
    case failed(rule: String, message: String)
  }

  /// The addresses that have to be read before the placeholders can be resolved, each once; empty when
  /// nothing is missing.
  func needs(of placeholders: [Placeholder]) -> [String] {
    var needed: [String] = []
    var seen: Set<String> = []
    for placeholder in placeholders {
      guard case .needs(let addresses) = outcome(of: placeholder) else { continue }
      for address in addresses where seen.insert(address).inserted { needed.append(address) }
    }
    return needed
  }

  /// The document with every placeholder resolved that can be, and a problem for each that cannot.
  func expand(
    _ document: YAMLDocument,
    _ placeholders: [Placeholder]
  ) -> (document: YAMLDocument, problems: [Problem]) {
    guard !placeholders.isEmpty else { return (document, []) }
    var replacements: [Int: YAMLDocument.Replacement] = [:]
    var problems: [Problem] = []
    for placeholder in placeholders {
      switch outcome(of: placeholder) {
      case .value(let replacement):
        replacements[placeholder.node] = replacement
      case .unknown:
        break
      case .needs:
        problems.append(problem(of: placeholder, rule: "placeholder-limit", Self.tooMuch))
      case .failed(let rule, let message):
        problems.append(problem(of: placeholder, rule: rule, message))
      }
    }
    if let expanded = document.replacing(replacements, maxBytes: maxBytes) { return (expanded, problems) }
    return (document, [problem(of: placeholders[0], rule: "placeholder-limit", Self.tooMuch)])
  }

  private static let tooMuch = "the file takes in too much: too many other files, or too large ones"

  private func outcome(of placeholder: Placeholder) -> Outcome {
    guard let target = placeholder.target else {
      return .failed(rule: "placeholder-value", message: "expected the address of a file as a string")
    }
    switch context.resolve(target, context.address) {
    case .failure(let fault):
      return .failed(rule: fault.rule, message: fault.message)
    case .success(let found):
      let address = found.text
      switch files[address] {
      case nil: return .needs([address])
      case .unknown: return .unknown
      case .failed(let rule, let message): return .failed(rule: rule, message: message)
      case .content(let bytes) where bytes.count > limits.maxBytes:
        let message = "the file has \(bytes.count) bytes, more than the limit of \(limits.maxBytes)"
        return .failed(rule: "placeholder-limit", message: message)
      case .content(let bytes):
        return outcome(of: placeholder.resolver, address, bytes)
      }
    }
  }

  private func outcome(of resolver: Placeholder.Resolver, _ address: String, _ bytes: [UInt8]) -> Outcome {
    switch resolver {
    case .text:
      guard String(validating: bytes, as: UTF8.self) != nil else {
        return .failed(rule: "placeholder-content", message: "the file is not UTF-8")
      }
      return .value(.text(bytes))
    case .json:
      do throws(YAMLProblem) {
        return .value(.document(try JSONReader.read(bytes, limits: limits)))
      } catch {
        return .failed(rule: "placeholder-content", message: "the file is not JSON: \(error)")
      }
    case .yaml:
      do throws(YAMLProblem) {
        return .value(.document(try IncludedFile.document(in: bytes, limits: limits)))
      } catch {
        return .failed(rule: "placeholder-content", message: "the file is not one document of YAML: \(error)")
      }
    case .openapi, .asyncapi:
      let bundle = DefinitionBundle.outcome(
        of: address,
        files: files,
        limits: limits,
        resolve: context.resolve
      )
      switch bundle {
      case .text(let text): return .value(.text(text))
      case .needs(let addresses): return .needs(addresses)
      case .failed(let message):
        return .failed(rule: "placeholder-content", message: "the definition cannot be read: \(message)")
      }
    }
  }

  private func problem(of placeholder: Placeholder, rule: String, _ message: String) -> Problem {
    let target = placeholder.target.map { " \(Excerpt.quoted($0.utf8))" } ?? ""
    return Problem(
      rule: rule,
      severity: .error,
      message: "\(placeholder.resolver.rawValue)\(target): \(message)",
      line: placeholder.mark.line,
      column: placeholder.mark.column,
      keyPath: placeholder.keyPath
    )
  }
}
