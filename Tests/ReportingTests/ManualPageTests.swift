import Reporting
import Testing

/// The manual page says what the help says, and nothing in it is taken for a request.
struct ManualPageTests {
  private let help = """
    {"serializationVersion": 0, "command": {"commandName": "tool", "abstract": "Does things.", "subcommands": [
      {"commandName": "hidden", "shouldDisplay": false},
      {"commandName": "group", "subcommands": [
        {"commandName": "act", "abstract": "Act on it's file.", "discussion": ".hidden files count.\\n\\nExamples:\\n  tool group act 'a' --all\\n  .x\\nEnd.",
         "arguments": [
           {"kind": "positional", "shouldDisplay": true, "isOptional": false, "isRepeating": true, "valueName": "file"},
           {"kind": "option", "shouldDisplay": true, "isOptional": true, "isRepeating": false, "valueName": "n",
            "names": [{"kind": "long", "name": "limit"}], "defaultValue": "5", "abstract": "How many."},
           {"kind": "flag", "shouldDisplay": true, "isOptional": true, "isRepeating": false,
            "names": [{"kind": "long", "name": "all"}, {"kind": "short", "name": "a"}], "abstract": "All."}]}]}]}}
    """

  @Test func `commands, arguments, examples`() throws {
    let page = try ManualPage(helpJSON: help, version: "1.0", date: "2026-03-01").text

    #expect(
      page.hasPrefix(
        ".TH \"TOOL\" \"1\" \"2026-03-01\" \"tool 1.0\"\n.SH \"NAME\"\ntool \\- does things\n"
      )
    )
    #expect(!page.contains("hidden\""))
    #expect(
      page.contains(".SS \"tool group act\"\n\\fBtool group act\\fR [\\fIOPTIONS\\fR] \\fIFILE\\fR ...\n")
    )
    #expect(page.contains("Act on it\\(aqs file.\n.PP\n\\&.hidden files count.\n"))
    #expect(
      page.contains(
        "Examples:\n.PP\n.nf\n.RS \"4\"\ntool group act \\(aqa\\(aq \\-\\-all\n\\&.x\n.RE\n.fi\nEnd.\n"
      )
    )
    #expect(page.contains(".TP\n\\fB\\-\\-limit\\fR \\fIN\\fR\nHow many. Default: 5.\n"))
    #expect(page.contains(".TP\n\\fB\\-a\\fR, \\fB\\-\\-all\\fR\nAll.\n"))
  }
}
