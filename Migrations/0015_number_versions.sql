-- Versions of the catalog, so that what was counted of it is known to hold still, and where not, what to look at again.

-- One row for each transaction that has changed what entities are found by: search rows, relations, who holds a ref, marks
-- of orphans. The last hundred are kept; `version` counts on. The program adds the row in the same transaction.
CREATE TABLE catalog_version (
  -- One more than before.
  version INTEGER PRIMARY KEY,
  -- JSON array of the `entity.id` that were added, changed or removed; null when they are too many to be named.
  entities TEXT CHECK (entities IS NULL OR json_valid(entities))
) STRICT;
