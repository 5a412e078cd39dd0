import Testing
import YAML

/// What plain scalars mean (facts/backstage-catalog.md 2; YAML 1.2.2, 10.3.2).
@Suite struct ScalarTests {
  @Test(
    arguments: [
      // Booleans are the three spellings of true and of false, and nothing else (C084).
      ("true", "true"), ("True", "true"), ("TRUE", "true"), ("false", "false"), ("False", "false"),
      ("FALSE", "false"), ("tRUE", #""tRUE""#), ("yes", #""yes""#), ("no", #""no""#), ("on", #""on""#),
      ("off", #""off""#), ("y", #""y""#), ("truely", #""truely""#), ("falsey", #""falsey""#),
      // Null.
      ("null", "null"), ("Null", "null"), ("NULL", "null"), ("~", "null"), ("", "null"),
      ("nULL", #""nULL""#), ("nulls", #""nulls""#), ("none", #""none""#), ("~a", #""~a""#),
      // Dates are strings.
      ("2020-01-01", #""2020-01-01""#), ("2020-01-01T10:00:00Z", #""2020-01-01T10:00:00Z""#),
      // Integers: decimal whatever its zeros, octal with 0o, hexadecimal with 0x.
      ("7", "7"), ("-7", "-7"), ("+7", "7"), ("010", "10"), ("0o14", "12"), ("0x1f", "31"), ("0x1F", "31"),
      ("-0", "0"), ("00", "0"), ("0o8", #""0o8""#), ("0xg", #""0xg""#), ("0o", #""0o""#), ("0x", #""0x""#),
      ("-0x1f", #""-0x1f""#), ("1_000", #""1_000""#), ("12:30:45", #""12:30:45""#),
      ("0b11", #""0b11""#), ("+", #""+""#), ("--7", #""--7""#), ("7a", #""7a""#),
      // Beyond 2^53 every digit is kept.
      ("9007199254740993", "9007199254740993"), ("9223372036854775808", "9223372036854775808"),
      ("-0123456789012345678901234567890", "-123456789012345678901234567890"),
      ("0xffffffffffffffff", "1.8446744073709552e+19"),
      // Floats.
      ("1.0", "1"), ("1.50", "1.5"), ("-0.0", "0"), (".5", "0.5"), ("+.5", "0.5"), ("5.", "5"),
      ("1e3", "1000"), ("1E+3", "1000"), ("1.5e-3", "0.0015"), ("1e21", "1e+21"), ("1e400", "null"),
      ("1e", #""1e""#), ("1e+", #""1e+""#), (".", #"".""#), (".e1", #"".e1""#), ("1.2.3", #""1.2.3""#),
      ("e5", #""e5""#), ("1.5 ", "1.5"),
      // Infinity and not-a-number have no JSON.
      (".inf", "null"), ("-.inf", "null"), ("+.INF", "null"), (".nan", "null"), (".NaN", "null"),
      ("-.nan", #""-.nan""#), (".iNF", #"".iNF""#), ("inf", #""inf""#), ("nan", #""nan""#),
    ]
  )
  func `a plain scalar is what the core schema makes of it`(text: String, json: String) {
    let list = text.isEmpty ? "" : json
    #expect(read("value: \(text)\nlist: [\(text)]\n") == [#"{"value":\#(json),"list":[\#(list)]}"#])
  }

  @Test(
    arguments: [
      // Quotes and block styles make strings of everything.
      (#""true""#, #""true""#), ("'1'", #""1""#), (#""""#, #""""#), ("''", #""""#), ("|\n  7\n", #""7\n""#),
      (">-\n  a\n  b\n", #""a b""#), ("|-\n  a\n\n  b\n", #""a\n\nb""#), ("|+\n  a\n\n", #""a\n\n\n""#),
      // Tags say what a scalar is; unknown ones are ignored and leave a string (C090).
      ("!!str 7", #""7""#), ("!!str true", #""true""#), ("!!int '7'", "7"), ("!!bool 'true'", "true"),
      ("!!null ''", "null"), ("!!float '1.5'", "1.5"), ("!foo bar", #""bar""#), ("!foo 7", #""7""#),
      ("! '7'", #""7""#), ("!!int abc", #""abc""#),
      // JSON needs these escaped, and only these.
      (#""a\"b\\c/d""#, #""a\"b\\c/d""#), (#""\n\r\t""#, #""\n\r\t""#),
      (#""\b\f\0\e\x1f""#, #""\u0008\u000c\u0000\u001b\u001f""#),
      (#""\x7f\u00e9\u2028""#, "\"\u{7F}é\u{2028}\""), (#""\U0001F600""#, #""😀""#), ("'it''s'", #""it's""#),
      ("café 😀", #""café 😀""#),
    ]
  )
  func `quotes, tags and escapes`(text: String, json: String) {
    #expect(read("value: \(text)\n") == ["{\"value\":\(json)}"])
  }

  @Test(
    arguments: [
      ("1: x", #"{"1":"x"}"#), ("01: x", #"{"1":"x"}"#), ("1.0: x", #"{"1":"x"}"#),
      ("0x1f: x", #"{"31":"x"}"#),
      ("true: y", #"{"true":"y"}"#), ("True: y", #"{"true":"y"}"#), ("~: y", #"{"":"y"}"#),
      ("? \n: y", #"{"":"y"}"#),
      (".inf: y", #"{"Infinity":"y"}"#), ("-.inf: y", #"{"-Infinity":"y"}"#), (".nan: y", #"{"NaN":"y"}"#),
      ("2020-01-01: y", #"{"2020-01-01":"y"}"#), (#""1.0": y"#, #"{"1.0":"y"}"#),
      ("<<: {a: b}", #"{"<<":{"a":"b"}}"#),
    ]
  )
  func `keys that are no strings become the names JavaScript gives them`(text: String, json: String) {
    #expect(read(text) == [json])
  }

  @Test func `nodes tell their kind, value and place`() throws {
    let root = try #require(onlyDocument("a: true\nb: [0x10, 'x']\nc: {d: ~, e: 1.5}\n")).root

    #expect(root.kind == .mapping)
    #expect(root["a"]?.boolean == true)
    #expect(root["b"]?.kind == .sequence)
    #expect(root["b"]?.elements.map(\.integer) == [16, nil])
    #expect(root["b"]?.elements.map(\.string) == [nil, "x"])
    #expect(root["c"]?["d"]?.kind == .null)
    #expect(root["c"]?["e"]?.kind == .float)
    #expect(root["c"]?.mark == YAMLMark(line: 3, column: 4))
    #expect(
      root[dynamic: "b"]?.elements.map(\.mark) == [
        YAMLMark(line: 2, column: 5), YAMLMark(line: 2, column: 11),
      ]
    )
    #expect(root["z"] == nil)
    #expect(root.pairs.map(\.key.text) == ["a", "b", "c"])
  }

  @Test func `a borrowed node says the same as a node`() throws {
    let document = try #require(onlyDocument("a: &x [1, é]\nb: *x\n"))

    document.withRoot { root in
      #expect(root.pairs.map(\.key.text) == ["a", "b"])
      #expect(root["b"]?.kind == .sequence)
      #expect(root["b"]?.mark == YAMLMark(line: 2, column: 4))
      #expect(root["b"]?.elements.map(\.string) == [nil, "é"])
      #expect(root["b"]?.elements.map(\.kind) == [.integer, .string])
      #expect(root["c"] == nil)
      #expect(root["a"]?["c"] == nil)
    }
  }
}
