package import Catalog

/// Which entities are asked for, in which order, and which parts of them.
package struct EntityQuestion: Sendable, Equatable {
  package var predicate: EntityPredicate
  package var order: EntityOrder
  /// Nil for the whole of them.
  package var fields: FieldProjection?

  package init(
    _ predicate: EntityPredicate = .everything,
    order: EntityOrder = .id,
    fields: FieldProjection? = nil
  ) {
    self.predicate = predicate
    self.order = order
    self.fields = fields
  }
}

/// In which order entities come.
package enum EntityOrder: Sendable, Equatable {
  /// By this database's own number of them.
  case id
  case ref
  /// By the values of search keys, each in lower case; what has no value of a key comes last, whichever way it goes.
  ///
  /// Of several values the first counts. Never empty.
  case fields([Field])

  package struct Field: Sendable, Equatable {
    package var key: String
    package var isDescending: Bool

    package init(key: String, isDescending: Bool = false) {
      self.key = key
      self.isDescending = isDescending
    }
  }

  /// The only field; nil for any other order.
  var singleField: Field? {
    guard case .fields(let fields) = self, fields.count == 1 else { return nil }
    return fields[0]
  }
}

/// The place of an entity in an order by one field or by id: what a page begins behind.
package struct EntityPlace: Sendable, Equatable {
  /// The value of the field; nil for an entity without one, and in an order by id.
  package var value: String?
  /// `entity.id`.
  package var id: Int64

  package init(value: String?, id: Int64) {
    self.value = value
    self.id = id
  }
}

/// Where a page begins.
package enum PageStart: Sendable, Equatable {
  /// Behind so many entities from the first on.
  case offset(Int)
  /// Behind an entity. Not in an order of several fields.
  case after(EntityPlace)
  /// At such a place that it ends before an entity. Not in an order by ref or of several fields.
  case before(EntityPlace)
}

/// A page of entities: as many as were asked for, or fewer when they are large.
package struct EntityPage: Sendable, Equatable {
  /// The entities as JSON, with commas between them.
  package var json: [UInt8] = []
  package var count = 0
  package var first: EntityPlace?
  package var last: EntityPlace?
  /// Whether there are more in the direction that the page was asked in.
  package var hasMore = false
  /// How many there are on all pages; nil when it was not asked for.
  package var total: Int?
}
