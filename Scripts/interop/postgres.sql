-- Loads an export into PostgreSQL: see docs/scaling.md. The variable `folder` has entities.csv and entities.ndjson.
CREATE TABLE entity_row (
  ref text PRIMARY KEY, kind text NOT NULL, namespace text NOT NULL, name text NOT NULL, title text, description text,
  type text, lifecycle text, owner text, owner_ref text, system text, domain text, tags text, host text NOT NULL,
  organization text NOT NULL, project text NOT NULL, repository text NOT NULL, branch text NOT NULL, path text NOT NULL,
  line integer NOT NULL, link text NOT NULL, uid text, etag text NOT NULL
);
\cd :folder
\copy entity_row FROM 'entities.csv' WITH (FORMAT csv, HEADER)

-- One JSON text a line. As CSV with a quote and a delimiter that cannot stand in JSON, a line is one value.
CREATE TABLE entity (document jsonb NOT NULL);
\copy entity FROM 'entities.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')
CREATE INDEX entity_document ON entity USING gin (document jsonb_path_ops);

CREATE VIEW relation AS
SELECT lower(e.document ->> 'kind') || ':' || lower(e.document #>> '{metadata,namespace}') || '/'
    || lower(e.document #>> '{metadata,name}') AS source_ref,
  r ->> 'type' AS type, r ->> 'targetRef' AS target_ref
FROM entity e, jsonb_array_elements(e.document -> 'relations') r;
