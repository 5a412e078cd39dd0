extension YAMLBorrowedNode {
  /// Appends the node as JSON: compact, keys in the order of the text, aliases written out.
  ///
  /// Keys that are no strings are strings; numbers are written in decimal, whole ones without a fraction and
  /// with all their digits; infinity and not-a-number become null, as in JavaScript.
  package func appendJSON(to json: inout [UInt8]) {
    switch kind {
    case .null: json.append(contentsOf: "null".utf8)
    case .boolean:
      json.append(contentsOf: (bytes.first == 0x66 || bytes.first == 0x46 ? "false" : "true").utf8)
    case .integer: json.append(contentsOf: JSONText.integer(bytes).utf8)
    case .float: json.append(contentsOf: JSONText.float(text).utf8)
    case .string: JSONText.appendString(bytes, to: &json)
    case .sequence:
      json.append(UInt8(ascii: "["))
      var isFirst = true
      for element in elements {
        if !isFirst { json.append(UInt8(ascii: ",")) }
        isFirst = false
        element.appendJSON(to: &json)
      }
      json.append(UInt8(ascii: "]"))
    case .mapping:
      json.append(UInt8(ascii: "{"))
      var isFirst = true
      for (key, value) in pairs {
        if !isFirst { json.append(UInt8(ascii: ",")) }
        isFirst = false
        JSONText.appendString(key.bytes, to: &json)
        json.append(UInt8(ascii: ":"))
        value.appendJSON(to: &json)
      }
      json.append(UInt8(ascii: "}"))
    }
  }
}
