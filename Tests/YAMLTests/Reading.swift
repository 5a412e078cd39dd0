import YAML

/// What a text was read as, one line per document: its JSON, or the rule and place of its problem.
func read(_ text: String, limits: YAMLLimits = YAMLLimits()) -> [String] {
  read(Array(text.utf8), limits: limits)
}

func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> [String] {
  YAMLReader.read(bytes, limits: limits).map { item in
    switch item {
    case .document(let document): json(of: document)
    case .problem(let problem): "\(problem.rule.rawValue) \(problem.mark.line):\(problem.mark.column)"
    }
  }
}

func json(of document: YAMLDocument) -> String {
  document.withRoot { root in
    var json: [UInt8] = []
    root.appendJSON(to: &json)
    return String(decoding: json, as: UTF8.self)
  }
}

/// The only document of a text, or nil when the text is not one document.
func onlyDocument(_ text: String) -> YAMLDocument? {
  let items = YAMLReader.read(Array(text.utf8))
  guard items.count == 1, case .document(let document) = items[0] else { return nil }
  return document
}

/// The only problem of a text, or nil when the text is something else.
func onlyProblem(_ text: String, limits: YAMLLimits = YAMLLimits()) -> YAMLProblem? {
  let items = YAMLReader.read(Array(text.utf8), limits: limits)
  guard items.count == 1, case .problem(let problem) = items[0] else { return nil }
  return problem
}
