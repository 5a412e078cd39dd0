import Foundation

/// Asks people on a terminal.
struct Questions {
  /// Why an answer cannot be taken: what was expected.
  struct Fault: Error {
    var message: String
  }

  /// Without a terminal nothing is asked.
  let isTerminal: Bool

  /// Asks until there is an answer that can be taken.
  ///
  /// - Parameters:
  ///   - option: What says the same without being asked.
  ///   - fallback: What an empty answer means; nil when there must be one.
  ///   - read: Makes a value of an answer, or says what is wrong with it.
  /// - Throws: `Unanswered` without a terminal, or at the end of the input.
  func ask<Value>(
    _ question: String,
    option: String,
    default fallback: String? = nil,
    _ read: (String) throws(Fault) -> Value
  ) throws -> Value {
    guard isTerminal else {
      throw Unanswered(
        message: "nobody can be asked here: give \(option)",
        nextStep: "'init --help' shows examples"
      )
    }
    // Nothing is written yet; the shell's prompt is to begin on a line of its own.
    signal(SIGINT) { _ in
      write(STDERR_FILENO, "\n", 1)
      _exit(ExitCodes.interrupted)
    }
    defer { signal(SIGINT, SIG_DFL) }
    while true {
      StandardError.write(question + (fallback.map { " [\($0)]" } ?? "") + ": ")
      guard let line = readLine() else {
        StandardError.write("\n")
        throw Unanswered(
          message: "the input ended",
          nextStep: "answer, or give \(option); nothing was written"
        )
      }
      var answer = line.trimmingCharacters(in: .whitespaces)
      if answer.isEmpty { answer = fallback ?? "" }
      if answer.isEmpty { continue }
      do throws(Fault) {
        return try read(answer)
      } catch {
        StandardError.print("  \(error.message)")
      }
    }
  }

  /// One of a few words, or the number of one; the first is the default.
  func choose(
    _ question: String,
    among choices: [(word: String, meaning: String)],
    option: String
  ) throws -> String {
    if isTerminal {
      let width = choices.map(\.word.count).max() ?? 0
      for (index, choice) in choices.enumerated() {
        let word = choice.word.padding(toLength: width, withPad: " ", startingAt: 0)
        StandardError.print("  \(index + 1) \(word)  \(choice.meaning)")
      }
    }
    return try ask(question, option: option, default: "1") { (answer) throws(Fault) in
      if let number = Int(answer), choices.indices.contains(number - 1) { return choices[number - 1].word }
      if choices.contains(where: { $0.word == answer }) { return answer }
      throw Fault(message: "expected a number from 1 to \(choices.count), or one of the words")
    }
  }

  /// There is no answer to a question that needs one.
  struct Unanswered: Error {
    var message: String
    var nextStep: String
  }
}
