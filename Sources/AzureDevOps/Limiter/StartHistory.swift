/// When requests were started, in few slices of time: what it holds does not grow with them.
struct StartHistory: Sendable {
  private struct Slice: Sendable {
    var begin: Duration
    var end: Duration
    var count: Int
  }

  private var slices: [Slice] = []
  private var width = Duration.milliseconds(50)

  private static let most = 128

  var sliceCount: Int { slices.count }

  /// Adds a request that starts now.
  ///
  /// - Parameter span: How far back is of interest.
  mutating func add(at now: Duration, span: Duration) {
    if let last = slices.last, now - last.begin < width {
      slices[slices.count - 1].count += 1
      slices[slices.count - 1].end = now
      return
    }
    slices.append(Slice(begin: now, end: now, count: 1))
    guard slices.count > Self.most else { return }
    slices.removeAll { $0.end < now - span }
    guard slices.count > Self.most else { return }
    width *= 2
    var wider: [Slice] = []
    for slice in slices {
      if let last = wider.last, slice.end - last.begin < width {
        wider[wider.count - 1].count += slice.count
        wider[wider.count - 1].end = slice.end
      } else {
        wider.append(slice)
      }
    }
    slices = wider
  }

  /// How many requests started after one moment and not after another; a slice counts when it ends in between.
  func count(after begin: Duration, through end: Duration) -> Int {
    slices.reduce(0) { $1.end > begin && $1.end <= end ? $0 + $1.count : $0 }
  }

  /// The moment by which so many requests had started after `begin`; nil when there were fewer.
  func moment(of count: Double, after begin: Duration) -> Duration? {
    var left = count
    for slice in slices where slice.end > begin {
      left -= Double(slice.count)
      if left <= 0 { return slice.end }
    }
    return nil
  }
}
