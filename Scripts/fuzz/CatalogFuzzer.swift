import Catalog
import Foundation

/// Reads a catalog file of any bytes and holds the verdict to what holds for all files; a fault traps.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCatalog(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let file = CatalogFile.read(bytes)

  precondition(verdict(on: file) == verdict(on: CatalogFile.read(bytes)), "two readings differ")
  check(file, bytes)
  check(readInItsPlace(bytes), bytes)
  return 0
}

/// Reads the file as a crawl does, with the file itself in the place of every file that it takes in.
private func readInItsPlace(_ bytes: [UInt8]) -> CatalogFile {
  let context = FileContext(
    address: "/a",
    type: .url,
    annotations: FileAnnotations(viewURL: "https://v", sourceLocation: "url:s", projectRepository: "p/r"),
    resolve: { text, base in
      text.utf8.first == UInt8(ascii: "!")
        ? .failure(.init(rule: "no", message: "no")) : .success(.local(text.count < 9 ? "/\(text)" : base))
    },
    denial: { kind, _ in kind == "Widget" ? "no widgets" : nil }
  )
  var reader = CatalogFileReader(bytes, context: context)
  var rounds = 0
  while !reader.neededFiles.isEmpty {
    rounds += 1
    precondition(rounds <= CatalogFileReader.maxIncludedFiles + 1, "the file asks for ever")
    var files: [String: IncludedFile] = [:]
    for address in reader.neededFiles { files[address] = .content(bytes) }
    reader.include(files)
  }
  return reader.read()
}

private func check(_ file: CatalogFile, _ bytes: [UInt8]) {
  let count = bytes.count
  if !file.problems.isEmpty {
    let lengths = lineLengths(of: bytes)
    for problem in file.problems {
      precondition(problem.line >= 1 && problem.line <= lengths.count, "no such line: \(problem)")
      precondition(problem.column >= 1, "no such column: \(problem)")
      precondition(problem.column <= lengths[problem.line - 1] + 1, "no such column: \(problem)")
      precondition(!problem.message.isEmpty && !problem.rule.isEmpty, "nothing said: \(problem)")
    }
  }
  for document in file.documents {
    let hasError = document.problems.contains { $0.severity == .error }
    switch document.content {
    case .entity(let entity):
      precondition(!hasError || entity.location != nil, "an entity with an error")
      precondition(entity.relations.count <= 2 * count * count, "more relations than bytes")
      let json = try? JSONSerialization.jsonObject(with: Data(entity.json)) as? [String: Any]
      precondition(json?["kind"] as? String == entity.kind, "the entity's JSON cannot be read")
    case .invalid, .denied:
      precondition(!document.problems.isEmpty || !file.fileProblems.isEmpty, "invalid without a reason")
    }
  }
}

private func verdict(on file: CatalogFile) -> [String] {
  file.documents.map { document in
    guard case .entity(let entity) = document.content else {
      return "\(document.line) \(document.ref?.description ?? "")"
    }
    return
      "\(document.line) \(entity.ref) \(entity.relations) \(String(decoding: entity.json, as: UTF8.self))"
  } + file.problems.map(\.description)
}

/// How many characters each line has; lines end with LF, CR or both, a byte order mark is no character.
private func lineLengths(of bytes: [UInt8]) -> [Int] {
  var lengths = [0]
  var previous: UInt8 = 0
  for byte in bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...] {
    if byte == 0x0A || byte == 0x0D {
      if !(byte == 0x0A && previous == 0x0D) { lengths.append(0) }
    } else if byte & 0b1100_0000 != 0b1000_0000 {
      lengths[lengths.count - 1] += 1
    }
    previous = byte
  }
  return lengths
}
