/// What `doctor` found; encoded it is the JSON that `docs/commands.md` describes.
///
/// Members are added, never renamed. None holds a secret.
struct DoctorReport: Encodable, Sendable {
  /// Whether there is no problem.
  let healthy: Bool
  let findings: [Finding]

  init(_ findings: [Finding]) {
    self.findings = findings
    healthy = !findings.contains { $0.state == .problem }
  }

  enum State: String, Encodable, Sendable {
    case ok
    /// Something that works, and probably not as is wanted.
    case warning
    case problem
    /// Could not be looked at, or need not be.
    case notChecked = "not checked"
  }

  struct Finding: Encodable, Sendable {
    /// What was looked at: settings, credential, database, ...
    var check: String
    /// Of what: an organization, a host, a file; nil when there is only one.
    var subject: String?
    var state: State
    var message: String
    /// What to do; nil when nothing has to be done.
    var nextStep: String?

    init(_ check: String, _ subject: String? = nil, _ state: State, _ message: String, next: String? = nil) {
      self.check = check
      self.subject = subject
      self.state = state
      self.message = message
      nextStep = next
    }
  }
}

extension DoctorReport {
  /// The report for people.
  func text(_ style: TerminalStyle) -> String {
    var lines: [String] = []
    for finding in findings {
      let mark =
        switch finding.state {
        case .ok: style.green("ok         ")
        case .warning: style.yellow("warning    ")
        case .problem: style.red("problem    ")
        case .notChecked: style.dim("not checked")
        }
      let subject = finding.subject.map { " \($0)" } ?? ""
      lines.append("\(mark) \(finding.check)\(subject): \(finding.message)")
      if let next = finding.nextStep { lines.append("            next: \(next)") }
    }
    let problems = findings.count { $0.state == .problem }
    let warnings = findings.count { $0.state == .warning }
    lines.append(
      "\(problems) \(problems == 1 ? "problem" : "problems"), \(warnings) \(warnings == 1 ? "warning" : "warnings")"
    )
    return lines.joined(separator: "\n")
  }
}
