/// Reads Prometheus' text format 0.0.4 strictly: anything that is not exactly right is a fault.
struct PrometheusReader {
  struct Fault: Error {
    var line: String
    var reason: String
  }

  struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  /// By the name of the metric.
  private(set) var kinds: [String: String] = [:]
  private(set) var samples: [Sample] = []

  init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw Fault(line: "", reason: "the last line does not end") }
    var (family, seen, helped) = ("", Set<String>(), "")
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      func fault(_ reason: String) -> Fault { Fault(line: line, reason: reason) }
      let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
      if line.hasPrefix("# HELP ") {
        guard words.count == 4, seen.insert(words[2]).inserted else { throw fault("HELP") }
        helped = words[2]
      } else if line.hasPrefix("# TYPE ") {
        guard words.count == 4, words[2] == helped, ["counter", "gauge", "histogram"].contains(words[3])
        else {
          throw fault("TYPE")
        }
        family = words[2]
        kinds[family] = words[3]
      } else {
        let sample = try Self.sample(line)
        let suffixes = kinds[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { sample.name == family + $0 }) else {
          throw fault("outside its metric")
        }
        guard !samples.contains(where: { $0.name == sample.name && $0.labels == sample.labels }) else {
          throw fault("twice")
        }
        samples.append(sample)
      }
    }
    try checkHistograms()
  }

  func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    samples.first { $0.name == name && $0.labels == labels }?.value
  }

  /// The sum over all series that have these labels.
  func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
    samples.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
    .reduce(0) { $0 + $1.value }
  }

  private static func sample(_ line: String) throws -> Sample {
    func fault(_ reason: String) -> Fault { Fault(line: line, reason: reason) }
    var rest = Substring(line)
    let name = Self.name(&rest)
    guard !name.isEmpty else { throw fault("name") }
    var labels: [String: String] = [:]
    if rest.first == "{" {
      repeat {
        rest.removeFirst()
        let label = Self.name(&rest)
        guard !label.isEmpty, !label.contains(":"), rest.hasPrefix("=\"") else { throw fault("label") }
        rest.removeFirst(2)
        var value = ""
        while let character = rest.popFirst(), character != "\"" {
          guard character == "\\" else {
            value.append(character)
            continue
          }
          switch rest.popFirst() {
          case "n": value.append("\n")
          case "\\": value.append("\\")
          case "\"": value.append("\"")
          default: throw fault("escape")
          }
        }
        guard labels.updateValue(value, forKey: label) == nil else { throw fault("label twice") }
      } while rest.first == ","
      guard rest.popFirst() == "}" else { throw fault("end of labels") }
    }
    guard rest.popFirst() == " " else { throw fault("no value") }
    let special: [Substring: Double] = ["+Inf": .infinity, "-Inf": -.infinity, "NaN": .nan]
    guard let value = special[rest] ?? Double(rest) else { throw fault("value") }
    return Sample(name: name, labels: labels, value: value)
  }

  private static func name(_ rest: inout Substring) -> String {
    var name = ""
    while let next = rest.first, next.isASCII,
      next.isLetter || next == "_" || next == ":" || next.isNumber && !name.isEmpty
    {
      name.append(next)
      rest.removeFirst()
    }
    return name
  }

  private func checkHistograms() throws {
    for (family, kind) in kinds where kind == "histogram" {
      let buckets = samples.filter { $0.name == family + "_bucket" }
      let groups = Dictionary(grouping: buckets) { $0.labels.filter { $0.key != "le" } }
      for (labels, group) in groups {
        func fault(_ reason: String) -> Fault { Fault(line: "\(family) \(labels)", reason: reason) }
        let bounds = group.map { $0.labels["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) } ?? .nan }
        guard bounds == bounds.sorted(), bounds.last == .infinity, Set(bounds).count == bounds.count else {
          throw fault("bounds")
        }
        guard zip(group, group.dropFirst()).allSatisfy({ $0.value <= $1.value }) else {
          throw fault("not cumulative")
        }
        guard value(family + "_count", labels) == group.last?.value else { throw fault("count") }
        guard value(family + "_sum", labels) != nil else { throw fault("sum") }
      }
    }
  }
}
