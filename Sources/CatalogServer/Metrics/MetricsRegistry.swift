import Foundation
import Locks
package import Metrics

/// What a metric of a name is like.
package struct MetricDescription: Sendable {
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  package var name: String
  package var kind: Kind
  package var help: String
  /// Upper bounds of a histogram's buckets, ascending, without infinity.
  package var bounds: [Double]

  /// Seconds, from what a database answers in to what a throttled service does.
  package static let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

  package init(_ name: String, _ kind: Kind, _ help: String, bounds: [Double] = seconds) {
    self.name = name
    self.kind = kind
    self.help = help
    self.bounds = kind == .histogram ? bounds : []
  }
}

/// Names and values that tell one series of a metric from another.
package typealias MetricLabels = [(name: String, value: String)]

/// Counts, and writes what it has counted as Prometheus reads it (text format 0.0.4).
///
/// Also what swift-metrics counts with, once it is made the process's factory. A metric has a bounded number of
/// series: beyond, what is counted goes to one whose labels all say `other`, so that names from outside cannot fill
/// the memory.
package final class MetricsRegistry: Sendable {
  struct Series {
    var labels: [(name: String, value: String)]
    var value = 0.0
    /// How many were within each bound, and beyond all of them; empty but for histograms.
    var buckets: [UInt64] = []

    fileprivate mutating func observe(_ value: Double, _ bounds: [Double]) {
      if buckets.isEmpty { buckets = Array(repeating: 0, count: bounds.count + 1) }
      self.value += value
      buckets[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    }
  }

  struct Family {
    var description: MetricDescription
    var series: [String: Series] = [:]
  }

  /// Series of one metric.
  package static let maxSeries = 1_000
  /// Metrics that libraries may make of themselves.
  private static let maxFamilies = 500

  private let families = Guarded<[String: Family]>([:])

  package init() {}

  /// Counts up.
  package func add(_ metric: MetricDescription, _ labels: MetricLabels = [], by amount: Double = 1) {
    change(metric, labels) { $0.value += amount }
  }

  /// Says how much there is.
  package func set(_ metric: MetricDescription, _ labels: MetricLabels = [], to value: Double) {
    change(metric, labels) { $0.value = value }
  }

  /// Adds a value to a histogram.
  package func observe(_ metric: MetricDescription, _ labels: MetricLabels = [], _ value: Double) {
    change(metric, labels) { $0.observe(value, metric.bounds) }
  }

  /// Forgets all series of a metric: those that are told anew each time.
  package func clear(_ metric: MetricDescription) {
    families.withLock { $0[metric.name]?.series = [:] }
  }

  /// The value of a counter or gauge; nil when there is no such series.
  package func value(_ name: String, _ labels: MetricLabels = []) -> Double? {
    families.withLock { $0[name]?.series[PrometheusText.labels(labels)]?.value }
  }

  /// A series of a metric, for what is counted so often that its labels are not written each time.
  package struct SeriesKey: Sendable {
    fileprivate let metric: MetricDescription
    fileprivate let labels: [(name: String, value: String)]
    fileprivate let key: String

    package init(_ metric: MetricDescription, _ labels: MetricLabels) {
      self.metric = metric
      self.labels = labels
      key = PrometheusText.labels(labels)
    }
  }

  /// Counts an event and adds how long it took to a histogram.
  package func add(_ counter: SeriesKey, observing histogram: SeriesKey, _ value: Double) {
    change(counter) { $0.value += 1 }
    change(histogram) { $0.observe(value, histogram.metric.bounds) }
  }

  private func change(
    _ metric: MetricDescription,
    _ labels: MetricLabels,
    _ change: (inout Series) -> Void
  ) {
    self.change(SeriesKey(metric, labels), change)
  }

  private func change(_ series: SeriesKey, _ change: (inout Series) -> Void) {
    let name = series.metric.name
    families.withLock { families in
      if families[name] == nil, families.count >= Self.maxFamilies { return }
      var (labels, key) = (series.labels, series.key)
      let isFull = (families[name]?.series.count ?? 0) >= Self.maxSeries
      if isFull, families[name]?.series[key] == nil {
        labels = labels.map { ($0.name, "other") }
        key = PrometheusText.labels(labels)
      }
      change(
        &families[name, default: Family(description: series.metric)].series[
          key,
          default: Series(labels: labels)
        ]
      )
    }
  }

  /// Everything, sorted, as Prometheus reads it.
  package var text: String {
    let families = families.withLock { $0.values.filter { !$0.series.isEmpty } }
    return families.sorted { $0.description.name < $1.description.name }
      .map(PrometheusText.text).joined()
  }
}

/// Prometheus' text format.
enum PrometheusText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  static func text(of family: MetricsRegistry.Family) -> String {
    let metric = family.description
    var text =
      "# HELP \(metric.name) \(escapedHelp(metric.help))\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    for (key, series) in family.series.sorted(by: { $0.key < $1.key }) {
      guard metric.kind == .histogram else {
        text += "\(metric.name)\(braced(key)) \(number(series.value))\n"
        continue
      }
      var sum: UInt64 = 0
      for (place, count) in series.buckets.enumerated() {
        sum += count
        let bound = place < metric.bounds.count ? number(metric.bounds[place]) : "+Inf"
        let labels = key + (key.isEmpty ? "" : ",") + "le=\"\(bound)\""
        text += "\(metric.name)_bucket{\(labels)} \(sum)\n"
      }
      text += "\(metric.name)_sum\(braced(key)) \(number(series.value))\n"
      text += "\(metric.name)_count\(braced(key)) \(sum)\n"
    }
    return text
  }

  /// Names and values as they stand between braces, sorted by name.
  static func labels(_ labels: MetricLabels) -> String {
    labels.sorted { $0.name < $1.name }
      .map { "\(name($0.name))=\"\(escapedValue($0.value))\"" }.joined(separator: ",")
  }

  /// A name that Prometheus takes: everything else becomes an underscore.
  static func name(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      return isPlain || scalar == "_" ? scalar : "_"
    }
    let name = String(String.UnicodeScalarView(scalars))
    return name.first.map { $0.isNumber } ?? true ? "_\(name)" : name
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

  private static func escapedHelp(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  private static func escapedValue(_ text: String) -> String {
    escapedHelp(text).replacing("\"", with: "\\\"")
  }
}

// MARK: - swift-metrics

extension MetricsRegistry: MetricsFactory {
  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    Instrument(self, label, "_total", .counter, dimensions)
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    Instrument(self, label, "", .gauge, dimensions)
  }

  package func makeRecorder(
    label: String,
    dimensions: [(String, String)],
    aggregate: Bool
  ) -> any RecorderHandler {
    Instrument(self, label, "", aggregate ? .histogram : .gauge, dimensions)
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    Instrument(self, label, "_seconds", .histogram, dimensions)
  }

  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}
}

/// What a library counts one thing with.
private final class Instrument: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
  private let registry: MetricsRegistry
  private let metric: MetricDescription
  private let labels: MetricLabels

  init(
    _ registry: MetricsRegistry,
    _ label: String,
    _ suffix: String,
    _ kind: MetricDescription.Kind,
    _ dimensions: [(String, String)]
  ) {
    self.registry = registry
    let name = PrometheusText.name(label)
    metric = MetricDescription(
      name.hasSuffix(suffix) ? name : name + suffix,
      kind,
      "Counted by a library as \(label)."
    )
    labels = dimensions.map { (name: $0.0, value: $0.1) }
  }

  func increment(by amount: Int64) { registry.add(metric, labels, by: Double(amount)) }
  func increment(by amount: Double) { registry.add(metric, labels, by: amount) }
  func decrement(by amount: Double) { registry.add(metric, labels, by: -amount) }
  func reset() { registry.set(metric, labels, to: 0) }
  func set(_ value: Int64) { registry.set(metric, labels, to: Double(value)) }
  func set(_ value: Double) { registry.set(metric, labels, to: value) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    if metric.kind == .gauge {
      registry.set(metric, labels, to: value)
    } else {
      registry.observe(metric, labels, value)
    }
  }

  func recordNanoseconds(_ duration: Int64) { registry.observe(metric, labels, Double(duration) / 1e9) }
}
