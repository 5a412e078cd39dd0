import Foundation
import Settings
import TestSupport
import Testing
import Transport

@testable import Credentials

/// Facts/azure-identity.md 2.9, 4.3; 9, cases 13 to 19, 23, 44.
@Suite struct TokenAnswerTests {
  private func token(
    _ body: String,
    in world: TestWorld = TestWorld(),
    date: String? = nil
  ) throws(TokenFailure) -> AccessToken {
    let headers = HTTPHeaders(date.map { [(name: "Date", value: $0)] } ?? [])
    let response = HTTPResponse(status: 200, headers: headers, body: Array(body.utf8))
    return try TokenAnswer(context: world.context, source: "the test").token(in: response)
  }

  @Test(arguments: ["3599", #""3599""#, "3599.0"])
  func `13: the life of a token is a number or a text`(value: String) throws {
    let token = try token(#"{"access_token":"t","expires_in":\#(value)}"#)

    #expect(token.lifetime == .seconds(3599))
  }

  @Test(arguments: [
    // All are 2027-01-15 09:30:00 UTC, 5400 s after TestWorld.now.
    #""1800005400""#, "1800005400", #""01/15/2027 09:30:00 +00:00""#, #""1/15/2027 9:30:00 AM +00:00""#,
    #""1/15/2027 11:30:00 +02:00""#,
  ])
  func `14: the end of a token has many forms`(value: String) throws {
    let token = try token(#"{"access_token":"t","expires_on":\#(value)}"#)

    #expect(token.lifetime == .seconds(5400))
  }

  @Test func `44: a life wins over an end, whatever the wall clock says`() throws {
    #expect(try token(#"{"access_token":"t","expires_in":60,"expires_on":1}"#).lifetime == .seconds(60))
  }

  @Test func `15: a token without life and end is refused, and the source named`() {
    #expect(
      throws: TokenFailure(
        .refused,
        "the test answered without 'expires_in' and 'expires_on', so the life of the token is not known"
      )
    ) {
      try token(#"{"access_token":"t"}"#)
    }
  }

  @Test(arguments: ["0", "-5", #""abc""#, "null", "{}"])
  func `16: a life that is none is refused`(value: String) {
    #expect(
      throws: TokenFailure(
        .refused,
        "the test answered with a wrong 'expires_in', so the life of the token is not known"
      )
    ) {
      try token(#"{"access_token":"t","expires_in":\#(value)}"#)
    }
  }

  @Test func `16: a life that is too long is cut, with a warning`() throws {
    let world = TestWorld()

    let token = try token(#"{"access_token":"t","expires_in":1e12}"#, in: world)

    #expect(token.lifetime == .seconds(864_000))
    #expect(world.warnings.withLock { $0.count } == 1)
  }

  @Test func `an end that is past by our clock counts from the server's`() throws {
    let world = TestWorld()

    // The server's clock is a day behind ours.
    let token = try token(
      #"{"access_token":"t","expires_on":1799917200}"#,
      in: world,
      date: "Thu, 14 Jan 2027 08:00:00 GMT"
    )

    #expect(token.lifetime == .seconds(3600))
    #expect(world.warnings.withLock { $0.first?.contains("the local clock looks wrong") } == true)
  }

  @Test func `an end that is past by every clock is refused`() {
    let error = #expect(throws: TokenFailure.self) {
      try token(#"{"access_token":"t","expires_on":1799999990}"#)
    }

    #expect(error?.message == "the test answered with a token that ended 10 s ago")
  }

  @Test(arguments: [
    "", "not JSON", "[]", #"{"access_token":"t","#, "<html></html>",
    // 23
    #"{"access_token":"a","access_token":"b","expires_in":1}"#,
    #"{"access_token":"t","expires_in":1,"x":\#(String(repeating: "[", count: 9))\#(String(repeating: "]", count: 9))}"#,
  ])
  func `17, 23: what is no plain object is no token`(body: String) {
    let error = #expect(throws: TokenFailure.self) { try token(body) }

    #expect(error?.message.contains("something that is no token") == true)
  }

  @Test(arguments: [
    #"{"expires_in":1}"#, #"{"access_token":"","expires_in":1}"#, #"{"access_token":7,"expires_in":1}"#,
  ])
  func `18: an object without a token is refused`(body: String) {
    let error = #expect(throws: TokenFailure.self) { try token(body) }

    #expect(error?.message == "the test answered without 'access_token'")
  }

  @Test func `19: a token of another type is refused`() {
    let error = #expect(throws: TokenFailure.self) {
      try token(#"{"access_token":"t","expires_in":1,"token_type":"pop"}"#)
    }

    #expect(error?.message == "the test answered with a token of type 'pop', wanted Bearer")
  }

  @Test(arguments: [#"a\r\nX: y"#, "a b", "ü", #"\u0000"#])
  func `a token that would break a header is refused`(value: String) {
    let error = #expect(throws: TokenFailure.self) {
      try token(#"{"access_token":"\#(value)","expires_in":1}"#)
    }

    #expect(error?.message.contains("characters no token has") == true)
  }

  @Test(arguments: [
    ("43200", Duration.seconds(43_200)), (#""60""#, .seconds(60)), ("0", nil), (#""x""#, nil),
  ])
  func `the service's advice on renewal is taken`(value: String, refreshIn: Duration?) throws {
    let token = try token(#"{"access_token":"t","expires_in":86400,"refresh_in":\#(value)}"#)

    #expect(token.refreshIn == refreshIn)
  }
}

@Suite struct MomentTests {
  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("soon", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
    ("Sun, 06 Nov 1994 08:49:37 CET", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
  ])
  func `dates of headers`(text: String, seconds: Int?) {
    #expect(Moment.http(text) == seconds)
  }

  @Test(arguments: [
    ("1893492000", 1_893_492_000), ("06/20/2030 02:57:58 +00:00", 1_908_154_678),
    ("1/16/2030 5:24:12 AM +00:00", 1_894_771_452), ("1/16/2030 5:24:12 PM +00:00", 1_894_814_652),
    ("1/16/2030 12:24:12 AM +00:00", 1_894_753_452), ("1/16/2030 12:24:12 PM +00:00", 1_894_796_652),
    ("1/16/2030 5:24:12 XM +00:00", nil), ("13/16/2030 05:24:12 +00:00", nil), ("1/16/2030", nil),
    ("nan", nil),
    ("1e300", nil),
  ])
  func `ends of tokens`(text: String, seconds: Int?) {
    #expect(Moment.expiry(text) == seconds)
  }
}

@Suite struct TokenJSONTests {
  @Test func `escapes, numbers and nesting are read`() {
    let text =
      #" {"a\u00e9\ud83d\ude00\n\/":"\"\\", "n":-1.5e3 , "o":{"c":[1, 2]}, "l":[true,false,null], "e":{}, "f":[]}"#

    #expect(
      TokenJSON.object(in: Array(text.utf8)) == [
        "aé😀\n/": .string("\"\\"), "n": .number("-1.5e3"), "o": .object(["c": .numbers(["1", "2"])]),
        "l": .other,
        "e": .object([:]), "f": .numbers([]),
      ]
    )
  }

  @Test(arguments: [
    "", "{", "{}x", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{"a":tru}"#, #"{"a":"\x"}"#, #"{"a":"\ud83d"}"#,
    #"{"a":"\u12"}"#,
    #"{"a":1 "b":2}"#, #"{"a":--1}"#, "{\"a\":\"\n\"}", #"{"a":[1,]}"#, "7",
  ])
  func `anything else is refused`(text: String) {
    #expect(TokenJSON.object(in: Array(text.utf8)) == nil)
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    #expect(TokenJSON.object(in: Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)) == nil)
  }

  @Test(arguments: ["+9223372036854775807:00", "+99:99", "+00:9223372036854775807", "+-1:00"])
  func `an end by clocks that no place has is none`(offset: String) {
    #expect(Moment.expiry("6/20/2019 2:57:58 \(offset)") == nil)
  }

  @Test(arguments: [
    "9223372036854775807-01-01 00:00:00", "2030-9223372036854775807-01 00:00:00", "2030-13-01 00:00:00",
  ])
  func `a local moment of no calendar is none`(text: String) throws {
    #expect(Moment.local(text, in: try #require(TimeZone(identifier: "UTC"))) == nil)
  }
}
