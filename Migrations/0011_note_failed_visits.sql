-- Visits of `refresh --due` that came to nothing, so that what cannot be read counts as not seen and still does not
-- hold up everything else.

-- A repository of which something could not be read by its last visit of `refresh --due`; the row goes with the next
-- visit that reads it.
CREATE TABLE failed_visit (
  repository_id INTEGER PRIMARY KEY REFERENCES repository (id) ON DELETE CASCADE,
  -- When it was tried: it is due again after the shortest interval.
  failed_at TEXT NOT NULL
) STRICT;
