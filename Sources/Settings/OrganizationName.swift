extension Setting {
  /// The name of an organization, or of a collection, which may have a slash; nil when absent or wrong.
  ///
  /// A step up or down would make another address of those that are built of it.
  func organizationName() -> String? {
    guard let name = requiredString() else { return nil }
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isStep = { (part: Substring.UTF8View) in
      [0, 1, 2].contains(part.count) && part.allSatisfy { $0 == 0x2E }
    }
    guard !parts.contains(where: isStep) else {
      fail("got '\(name)', wanted the name of an organization, or of a collection like tfs/DefaultCollection")
      return nil
    }
    return name
  }

  /// The elements of a list of such names, or nil when absent or when an element is wrong.
  func organizationNames() -> [String]? {
    guard let names = elements()?.map({ $0.organizationName() }) else { return nil }
    let right = names.compactMap(\.self)
    return right.count == names.count ? right : nil
  }
}
