import Testing
import YAML

/// Texts that nobody writes; what counts is that reading them ends and does not crash.
@Suite(.timeLimit(.minutes(1))) struct HostileTextTests {
  private static let seedText = """
    # A file
    %YAML 1.2
    ---
    a: &x [1, 0x2, -.inf, 'it''s', "\\u00e9\\n", {b: ~, ? c : d}]
    *x : |2-
      block
    "q": >+
      folded

    !!int "7": !t *x
    ...
    --- {k: v, <<: &y {z: *y}}
    """

  @Test(arguments: 0..<40)
  func `random bytes`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      _ = read(bytes)
    }
  }

  @Test(arguments: 0..<40)
  func `random pieces of YAML`(seed: UInt64) {
    let pieces = [
      "a", ":", " ", "\n", "- ", "? ", "[", "]", "{", "}", ",", "&x", "*x", "!t", "|", ">", "'", "\"", "#",
      "%",
      "---\n", "...\n", "  ", "\t", "\r\n", "~", "1", "\u{FEFF}", "é", "<<", "\\", "@", "`",
    ]
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let count = Int.random(in: 1...40, using: &random)
      _ = read((0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined())
    }
  }

  @Test func `a text cut off anywhere`() {
    let bytes = Array(Self.seedText.utf8)

    for count in 0...bytes.count { _ = read(Array(bytes.prefix(count))) }
  }

  @Test(arguments: 0..<40)
  func `a text with bytes changed`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<50 {
      var bytes = Array(Self.seedText.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: index)
        default: bytes.insert(contentsOf: bytes[index...].prefix(12), at: index)
        }
      }
      _ = read(bytes)
    }
  }
}

/// The same numbers on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
