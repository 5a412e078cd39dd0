/// Finds keys that stand twice in one mapping.
struct DuplicateKeys {
  /// Up to so many pairs, comparing each key with all others is cheaper than hashing; with more it would
  /// soon be slower than reading the text.
  private static let maxCompared = 24

  let entries: [YAMLDocument.Entry]
  let text: [UInt8]

  /// Where the first key stands that stood in the mapping before; nil when all are different.
  func first(in mapping: Int) -> Int? {
    let pairs = Int(entries[mapping].count) / 2
    guard pairs > 1 else { return nil }
    return pairs <= Self.maxCompared ? firstByComparing(mapping) : firstByHashing(mapping, pairs: pairs)
  }

  /// The text of the key at a place.
  func key(at position: Int) -> ArraySlice<UInt8> {
    let entry = entries[position]
    return text[Int(entry.start)..<Int(entry.start + entry.count)]
  }

  private func firstByComparing(_ mapping: Int) -> Int? {
    let end = Int(entries[mapping].end)
    return text.withUnsafeBufferPointer { text in
      var position = next(after: mapping + 1)
      while position < end {
        let key = entries[position]
        let bytes = UnsafeBufferPointer(rebasing: text[Int(key.start)..<Int(key.start + key.count)])
        var other = mapping + 1
        while other < position {
          let entry = entries[other]
          if entry.count == key.count {
            let others = UnsafeBufferPointer(
              rebasing: text[Int(entry.start)..<Int(entry.start + entry.count)]
            )
            if others.elementsEqual(bytes) { return position }
          }
          other = next(after: other)
        }
        position = next(after: position)
      }
      return nil
    }
  }

  private func firstByHashing(_ mapping: Int, pairs: Int) -> Int? {
    let end = Int(entries[mapping].end)
    var seen = Set<ArraySlice<UInt8>>(minimumCapacity: pairs)
    var position = mapping + 1
    while position < end {
      guard seen.insert(key(at: position)).inserted else { return position }
      position = next(after: position)
    }
    return nil
  }

  /// The key behind the one at a place; a key is one entry, and its value comes right after it.
  private func next(after position: Int) -> Int { Int(entries[position + 1].end) }
}

extension YAMLProblem {
  static func duplicateKey(_ key: ArraySlice<UInt8>, at entry: YAMLDocument.Entry) -> YAMLProblem {
    YAMLProblem(
      rule: .duplicateKey,
      message: "the key '\(String(decoding: key.prefix(100), as: UTF8.self))' stands twice in one mapping",
      mark: YAMLMark(line: Int(entry.line), column: Int(entry.column))
    )
  }
}
