import CatalogServer
import CatalogStore
import Crawl
import Foundation
import Hummingbird
import Logging
import NIOCore
import Settings

/// Serves the pages over a database that is there, for `Scripts/browser.sh` and for looking at them: no crawler runs
/// beside it, and what one would tell of its work is made up.
///
/// Usage: PagesHarness DATABASE [PORT]
@main
enum PagesHarness {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 1 else {
      print("usage: PagesHarness DATABASE [PORT]")
      exit(64)
    }
    let parts = ServerParts(
      database: try CatalogDatabase.open(at: arguments[1]),
      commands: PretendedCommands(),
      settings: { CrawlerSettings() },
      logger: Logger(label: "pages")
    )
    let router = CatalogServer.router(parts)
    router.get("api/crawler/events") { _, _ in pretendedEvents() }
    let port = arguments.count > 2 ? Int(arguments[2]) ?? 0 : 0
    let application = Application(
      router: router,
      configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
      onServerRunning: { channel in
        print("pages: serving on http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        fflush(nil)
      },
      logger: parts.logger
    )
    try await application.runService()
  }

  /// Some events of a crawl that goes on.
  private static func pretendedEvents() -> Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        for step in 1...30 {
          let event = """
            data: {"crawl":99,"command":"refresh","outcome":"running","repositoriesDone":\(step * 7),\
            "repositories":240,"secondsLeft":\(95 - step * 3),"organizations":[{"host":"dev.azure.com",\
            "name":"contoso","requests":\(step * 8),"filesAsked":\(step * 7),"filesFailed":1,\
            "entitiesChanged":\(step),"waitingSeconds":\(step % 3 * 4),"waitingReason":"Azure DevOps asked for it"},\
            {"host":"dev.azure.com","name":"<b>fabrikam</b>","requests":\(step),"filesAsked":\(step)}]}\n\n
            """
          try await writer.write(ByteBuffer(string: event))
          try await Task.sleep(for: .milliseconds(300))
        }
        try await writer.finish(nil)
      }
    )
  }
}

/// Takes every request and does nothing about it.
private actor PretendedCommands: CrawlCommands {
  private var count: Int64 = 0

  func submit(_ request: CrawlRequest, reason: String) -> Int64 {
    count += 1
    print("pages: asked for \(request.command.rawValue) of \(request.limits.description ?? "everything")")
    fflush(nil)
    return count
  }

  func report(of request: Int64) -> CrawlReport? { nil }
}
