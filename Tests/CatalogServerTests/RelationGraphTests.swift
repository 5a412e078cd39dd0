import Testing

@testable import CatalogServer

@Suite("The drawing of relations")
struct RelationGraphTests {
  private static func group(_ count: Int, isOutgoing: Bool, label: String = "dependsOn")
    -> RelationGraph.Group
  {
    RelationGraph.Group(
      label: label,
      isOutgoing: isOutgoing,
      nodes: (0..<count).map { RelationGraph.Node(label: "component: part-\($0)", address: "/x/\($0)") }
    )
  }

  @Test(
    "nothing lies on anything else, and all of it is inside",
    arguments: [
      [1], [0, 1], [1, 1], [200], [60, 60, 60, 20], [14, 15, 40, 41, 90], [1, 1, 1, 1, 1, 1, 1, 1],
    ]
  )
  func overlaps(counts: [Int]) {
    let graph = RelationGraph(counts.enumerated().map { Self.group($1, isOutgoing: $0 % 2 == 0) })

    #expect(graph.nodes == counts.reduce(0, +))
    let frames = graph.groups.map(\.frame) + [graph.center]
    for (index, frame) in frames.enumerated() {
      #expect(frame.x >= 0 && frame.y >= 0 && frame.right <= graph.width)
      #expect(frame.y + frame.height <= graph.height)
      for other in frames[(index + 1)...] { #expect(!frame.overlaps(other)) }
    }
    for group in graph.groups {
      for (index, box) in group.boxes.enumerated() {
        #expect(box.x > group.frame.x && box.right < group.frame.right)
        #expect(box.y > group.frame.y && box.y + box.height < group.frame.y + group.frame.height)
        for other in group.boxes[(index + 1)...] { #expect(!box.overlaps(other)) }
      }
    }
  }

  @Test("what comes from others is on the left, what goes to others on the right")
  func sides() {
    let graph = RelationGraph([Self.group(3, isOutgoing: false), Self.group(2, isOutgoing: true)])
    #expect(graph.groups[0].frame.right < graph.center.x)
    #expect(graph.groups[1].frame.x > graph.center.right)
  }

  @Test("200 nodes fit a window that is scrolled down a few times, and 50 kB")
  func large() {
    let graph = RelationGraph([Self.group(200, isOutgoing: true)])
    #expect(graph.width < 1_100)
    #expect(graph.height < 2_200)
    // The entity itself is where one begins to look.
    #expect(graph.center.middle < 300)
    #expect(graph.svg(center: "hub").utf8.count < 50_000)
  }

  @Test("labels are escaped and cut, and nothing leads to what is not there")
  func svg() {
    var group = Self.group(1, isOutgoing: true, label: "<type>")
    group.nodes[0].label = "\"><script>" + String(repeating: "x", count: 100)
    group.nodes.append(RelationGraph.Node(label: "gone", address: "/gone", isThere: false))
    group.more = 1_234
    let svg = RelationGraph([group]).svg(center: "<b>")

    #expect(!svg.contains("<script") && !svg.contains("<b>") && !svg.contains("<type>"))
    #expect(svg.contains("&quot;&gt;&lt;script&gt;xxx"))
    #expect(svg.contains("and 1\u{202F}234 more"))
    #expect(!svg.contains("/gone"))
    #expect(!svg.contains("style="))
  }
}
