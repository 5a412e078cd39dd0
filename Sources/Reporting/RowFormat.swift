/// How rows are written.
package enum RowFormat: String, Sendable, CaseIterable {
  /// Aligned columns for people. Long values are cut, and what could do harm to a terminal is shown as other
  /// characters.
  case table
  /// RFC 4180, with a header. Nothing for null, two quotes for an empty text.
  case csv
  /// One array of objects.
  case json
  /// One object a line.
  case ndjson
  /// A table of GitHub-flavoured Markdown.
  case markdown
}

/// Writes rows one after the other; at most one page of them is held.
package struct RowWriter {
  private enum Writer {
    case table(TableText)
    case csv(CSVText)
    case json(JSONRows)
    case markdown(MarkdownText)
  }

  private var writer: Writer

  /// - Parameters:
  ///   - columns: The names of the columns, in the order of the rows' values.
  ///   - isForSpreadsheet: Whether CSV is written so that a spreadsheet takes no text for a formula, at the price
  ///     that some texts get an apostrophe before them.
  ///   - width: How many columns of a terminal a table may take; nil for as many as it needs.
  package init(
    _ format: RowFormat,
    columns: [String],
    isForSpreadsheet: Bool = false,
    width: Int? = nil
  ) {
    writer =
      switch format {
      case .table: .table(TableText(columns: columns, width: width))
      case .csv: .csv(CSVText(columns: columns, isForSpreadsheet: isForSpreadsheet))
      case .json: .json(JSONRows(columns: columns, isLines: false))
      case .ndjson: .json(JSONRows(columns: columns, isLines: true))
      case .markdown: .markdown(MarkdownText(columns: columns))
      }
  }

  /// What is written of a row, and of rows before it; empty while a page is collected.
  package mutating func add(_ row: [Cell]) -> String {
    switch writer {
    case .table(var table):
      writer = .markdown(MarkdownText(columns: []))  // so that the page is not copied
      let text = table.add(row)
      writer = .table(table)
      return text
    case .csv(var csv):
      let text = csv.add(row)
      writer = .csv(csv)
      return text
    case .json(var json):
      let text = json.add(row)
      writer = .json(json)
      return text
    case .markdown(var markdown):
      let text = markdown.add(row)
      writer = .markdown(markdown)
      return text
    }
  }

  /// What is written when there are no more rows.
  package mutating func end() -> String {
    switch writer {
    case .table(var table): table.end()
    case .csv(var csv): csv.end()
    case .json(var json): json.end()
    case .markdown(var markdown): markdown.end()
    }
  }
}
