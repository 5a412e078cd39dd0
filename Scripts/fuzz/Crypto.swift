// Stands in for swift-crypto, which would take minutes to build: the fuzzer asks only that equal bytes have
// equal hashes.

private func hash(_ data: some Sequence<UInt8>, count: Int) -> [UInt8] {
  let hash = data.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  return (0..<count).map { UInt8(truncatingIfNeeded: hash >> (UInt64($0) % 8 * 8)) }
}

public enum Insecure {
  public struct SHA1 {
    public static let byteCount = 20

    private var data: [UInt8] = []

    public init() {}
    public mutating func update(data more: [UInt8]) { data += more }
    public func finalize() -> [UInt8] { Self.hash(data: data) }

    public static func hash(data: some Sequence<UInt8>) -> [UInt8] { Crypto.hash(data, count: byteCount) }
  }
}

public enum SHA256 {
  public static let byteCount = 32

  public static func hash(data: some Sequence<UInt8>) -> [UInt8] { Crypto.hash(data, count: byteCount) }
}
