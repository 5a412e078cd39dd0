/// A drawing of an entity and those it is related to: what comes from others on the left, what it needs or belongs to
/// on the right, one frame for each type of relation.
///
/// Relations of one type share one line, so that two hundred of them are as readable as two.
struct RelationGraph: Equatable {
  struct Node: Equatable {
    var label: String
    /// Nil for what has no page.
    var address: String?
    var isThere = true
  }

  struct Group: Equatable {
    /// What stands above the frame, such as `ownerOf`.
    var label: String
    /// What the entity is the source of.
    var isOutgoing: Bool
    var nodes: [Node]
    /// How many more there are that are not drawn.
    var more = 0
  }

  struct Box: Equatable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var middle: Int { y + height / 2 }
    var right: Int { x + width }

    /// Where a line ends that comes from a height: in the middle, or of a tall box where it is nearest.
    func nearest(to height: Int) -> Int {
      self.height < 2 * Measure.deepestMiddle ? middle : min(max(height, y + 20), y + self.height - 20)
    }

    func overlaps(_ other: Box) -> Bool {
      x < other.right && other.x < right && y < other.y + other.height && other.y < y + height
    }
  }

  struct PlacedGroup: Equatable {
    var group: Group
    var frame: Box
    /// One for each node.
    var boxes: [Box]
  }

  /// All lengths in pixels, for a text of 13 pixels.
  enum Measure {
    static let nodeWidth = 212
    static let nodeHeight = 24
    static let gap = 6
    static let padding = 8
    static let header = 22
    /// Between the frames of a side.
    static let between = 14
    /// Between a side and the middle, where the lines are.
    static let lane = 90
    static let margin = 4
    /// How far down the middle is at most: in a tall drawing the entity is where one begins to look.
    static let deepestMiddle = 260
  }

  private(set) var groups: [PlacedGroup] = []
  private(set) var center: Box
  private(set) var width: Int
  private(set) var height: Int

  var nodes: Int { groups.reduce(0) { $0 + $1.boxes.count } }

  init(_ groups: [Group]) {
    let left = groups.filter { !$0.isOutgoing }
    let right = groups.filter(\.isOutgoing)
    let (leftWidth, leftHeight) = Self.size(left)
    let (rightWidth, rightHeight) = Self.size(right)
    let tallest = max(leftHeight, rightHeight, Measure.nodeHeight + 2 * Measure.padding)
    let x = Measure.margin + leftWidth + (left.isEmpty ? 0 : Measure.lane)
    center = Box(
      x: x,
      y: Measure.margin + min(tallest / 2, Measure.deepestMiddle) - 18,
      width: Measure.nodeWidth,
      height: 36
    )
    width = center.right + (right.isEmpty ? 0 : Measure.lane + rightWidth) + Measure.margin
    height = tallest + 2 * Measure.margin
    place(left, from: Self.top(leftHeight, tallest), alignedRightAt: Measure.margin + leftWidth)
    place(right, from: Self.top(rightHeight, tallest), alignedLeftAt: center.right + Measure.lane)
  }

  /// Where a side begins: around the middle.
  private static func top(_ height: Int, _ tallest: Int) -> Int {
    max(0, min(tallest / 2, Measure.deepestMiddle) - height / 2)
  }

  /// More columns for more nodes, so that a frame is never much taller than wide.
  static func columns(_ nodes: Int) -> Int {
    switch nodes {
    case ...14: 1
    case ...40: 2
    default: 3
    }
  }

  private static func size(_ group: Group) -> (width: Int, height: Int) {
    let columns = columns(group.nodes.count)
    let rows = (group.nodes.count + columns - 1) / columns
    return (
      2 * Measure.padding + columns * (Measure.nodeWidth + Measure.gap) - Measure.gap,
      2 * Measure.padding + Measure.header + rows * (Measure.nodeHeight + Measure.gap) - Measure.gap
    )
  }

  private static func size(_ groups: [Group]) -> (width: Int, height: Int) {
    let sizes = groups.map { size($0) }
    return (
      sizes.map { $0.width }.max() ?? 0,
      sizes.reduce(0) { $0 + $1.height } + max(0, sizes.count - 1) * Measure.between
    )
  }

  private mutating func place(
    _ side: [Group],
    from top: Int,
    alignedRightAt right: Int? = nil,
    alignedLeftAt left: Int = 0
  ) {
    var y = Measure.margin + top
    for group in side {
      let (width, height) = Self.size(group)
      let frame = Box(x: right.map { $0 - width } ?? left, y: y, width: width, height: height)
      let columns = Self.columns(group.nodes.count)
      let boxes = group.nodes.indices.map { index in
        Box(
          x: frame.x + Measure.padding + index % columns * (Measure.nodeWidth + Measure.gap),
          y: frame.y + Measure.padding + Measure.header
            + index / columns * (Measure.nodeHeight + Measure.gap),
          width: Measure.nodeWidth,
          height: Measure.nodeHeight
        )
      }
      groups.append(PlacedGroup(group: group, frame: frame, boxes: boxes))
      y += height + Measure.between
    }
  }
}

extension RelationGraph {
  /// How many characters of a label fit into a node.
  private static let labelLength = 26

  /// The drawing as SVG.
  ///
  /// It repeats what the page says as text, and is hidden from those who have it read to them.
  func svg(center label: String) -> String {
    var svg =
      "<svg class=\"graph\" xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width)\" height=\"\(height)\" "
      + "viewBox=\"0 0 \(width) \(height)\" aria-hidden=\"true\"><defs>"
    for (id, name) in [("there", "node"), ("gone", "node missing")] {
      svg += "<rect id=\"\(id)\" class=\"\(name)\" width=\"\(Measure.nodeWidth)\" "
      svg += "height=\"\(Measure.nodeHeight)\" rx=\"5\"/>"
    }
    svg += "</defs>"
    for group in groups {
      let (x1, x2) =
        group.group.isOutgoing ? (center.right, group.frame.x) : (group.frame.right, center.x)
      let end = group.frame.nearest(to: center.middle)
      let (y1, y2) = group.group.isOutgoing ? (center.middle, end) : (end, center.middle)
      let bend = (x1 + x2) / 2
      svg += "<path class=\"edge\" d=\"M\(x1) \(y1)C\(bend) \(y1) \(bend) \(y2) \(x2) \(y2)\"/>"
    }
    for group in groups { svg += Self.svg(group) }
    svg += Self.rectangle(center, "center", radius: 8)
    svg += "<text class=\"center\" x=\"\(center.x + 10)\" y=\"\(center.middle + 5)\">"
    svg += PageText.escaped(PageText.cut(label, Self.labelLength - 4)) + "</text>"
    return svg + "</svg>"
  }

  private static func svg(_ placed: PlacedGroup) -> String {
    var svg = rectangle(placed.frame, "frame", radius: 8)
    svg += "<text class=\"type\" x=\"\(placed.frame.x + Measure.padding)\" y=\"\(placed.frame.y + 20)\">"
    svg += PageText.escaped(placed.group.label)
    if placed.group.more > 0 { svg += " and \(PageText.number(placed.group.more)) more" }
    svg += "</text>"
    for (node, box) in zip(placed.group.nodes, placed.boxes) {
      let text =
        "<text x=\"\(box.x + 8)\" y=\"\(box.y + 16)\"\(node.isThere ? "" : " class=\"missing\"")>"
        + PageText.escaped(PageText.cut(node.label, labelLength)) + "</text>"
      let shape = "<use href=\"#\(node.isThere ? "there" : "gone")\" x=\"\(box.x)\" y=\"\(box.y)\"/>"
      let drawn = shape + text
      if let address = node.address, node.isThere {
        svg += "<a href=\"\(PageText.escaped(address))\" tabindex=\"-1\">\(drawn)</a>"
      } else {
        svg += drawn
      }
    }
    return svg
  }

  private static func rectangle(_ box: Box, _ name: String, radius: Int) -> String {
    "<rect class=\"\(name)\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\" height=\"\(box.height)\" "
      + "rx=\"\(radius)\"/>"
  }
}
