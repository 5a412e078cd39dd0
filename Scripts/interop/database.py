"""Reads the catalog with other people's programs while a crawl writes it; one line for each check.

Usage: database.py DATABASE EXPORT_FOLDER while|after
DATABASE is being crawled with `while`, and finished with `after`. EXPORT_FOLDER has entities.ndjson and entities.csv.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import time

import duckdb
import duckdb_extensions
import sqlite_utils

database, exports, when = sys.argv[1:4]
bin_folder = os.path.dirname(sys.executable)
failures = 0


def check(name, is_right, detail=""):
    global failures
    failures += not is_right
    print(f"{'ok   ' if is_right else 'FAIL '} {name}{': ' + str(detail) if detail != '' else ''}", flush=True)


def reading():
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0)
    connection.execute("PRAGMA query_only = 1")
    return connection


def views(connection):
    return [name for (name,) in connection.execute("SELECT name FROM report_view ORDER BY name")]


def datasette(path):
    """What Datasette answers for a path of the database, with the titles and questions of the examples."""
    name = os.path.splitext(os.path.basename(database))[0]
    run = subprocess.run(
        [os.path.join(bin_folder, "datasette"), database, "--metadata", "Examples/reporting/datasette.yaml",
         "--get", f"/{name}{path}"],
        capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        return {"error": run.stderr.strip().splitlines()[-1:]}
    return json.loads(run.stdout)


def count_with_duckdb(view):
    """Lets SQLite work the view out: DuckDB understands views of its own dialect only."""
    with duckdb.connect() as connection:
        duckdb_extensions.import_extension("sqlite_scanner", con=connection)
        connection.execute(f"ATTACH '{database}' AS catalog (TYPE sqlite, READ_ONLY)")
        question = f"SELECT count(*) FROM sqlite_query('catalog', 'SELECT * FROM {view}')"
        return connection.execute(question).fetchone()[0]


def blocks_for_duckdb():
    """The blocks of docs/reporting.md that are DuckDB's, for this database."""
    with open("docs/reporting.md") as page:
        blocks = re.findall(r"```sql\n-- DuckDB\n(.*?)```", page.read(), re.S)
    # The extension is here already.
    return [re.sub("^INSTALL.*$", "", block, flags=re.M).replace("'catalog.sqlite'", f"'{database}'")
            .replace("'ownership.parquet'", f"'{exports}/ownership.parquet'") for block in blocks]


def while_it_is_written():
    """Reads all views again and again until the crawl ends, or for a while; nobody may be refused."""
    end = time.monotonic() + 15
    times, counts = [], set()
    names = views(reading())
    while time.monotonic() < end:
        connection = reading()
        for name in names:
            start = time.monotonic()
            connection.execute(f"SELECT * FROM {name} LIMIT 100").fetchall()
            times.append(time.monotonic() - start)
        counts.add(connection.execute("SELECT count(*) FROM report_entities").fetchone()[0])
        # Half a repository would be an entity without its file, or relations of nothing.
        halves = connection.execute("SELECT count(*) FROM pragma_foreign_key_check").fetchone()[0]
        running = connection.execute("SELECT count(*) FROM crawl WHERE outcome = 'running'").fetchone()[0]
        connection.close()
        if halves:
            return check("no half of anything is seen", False, halves)
        if not running:
            break
    times.sort()
    check("sqlite3 reads all views while a crawl writes", True,
          f"{len(times)} reads, p50 {times[len(times) // 2] * 1000:.1f} ms, "
          f"p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms")
    check("the catalog was seen to grow", len(counts) > 1, f"{min(counts)} to {max(counts)} entities")


def after_it_is_written():
    connection = reading()
    expected = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in views(connection)}
    check("there is something to read", expected["report_entities"] > 0, f"{expected['report_entities']} entities")

    tool = sqlite_utils.Database(reading())
    found = {name: tool.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in expected}
    check("sqlite-utils reads the views", found == expected and set(expected) <= set(tool.view_names()))
    rows = list(tool.query("SELECT ref, owner_ref FROM report_ownership ORDER BY ref LIMIT 1"))
    check("sqlite-utils gives rows by name", rows[0]["ref"] != "")

    answer = datasette("/report_entities.json?_size=2&_shape=array")
    check("Datasette shows a view", isinstance(answer, list) and len(answer) == 2 and "ref" in answer[0],
          "" if isinstance(answer, list) else answer)
    answer = datasette(".json?sql=select+count(*)+as+n+from+report_entities&_shape=array")
    check("Datasette counts", answer == [{"n": expected["report_entities"]}],
          "" if isinstance(answer, list) else answer)

    for question, parameter in [("without_owner", "organization=org1"), ("to_mend", "owner_ref=group:default/a")]:
        answer = datasette(f"/{question}.json?{parameter}&_shape=array")
        check(f"Datasette has the ready question {question}", isinstance(answer, list),
              f"{len(answer)} rows" if isinstance(answer, list) else answer)

    with duckdb.connect() as duck:
        duckdb_extensions.import_extension("sqlite_scanner", con=duck)
        blocks = blocks_for_duckdb()
        for block in blocks:
            duck.execute(block)
        rows = duck.sql(f"SELECT count(*) FROM '{exports}/ownership.parquet'").fetchone()[0]
        check("DuckDB runs what docs/reporting.md says", len(blocks) == 2 and rows == expected["report_ownership"], rows)

    counts = {name: count_with_duckdb(name) for name in expected}
    check("DuckDB attaches the database and reads the views", counts == expected)
    ndjson = os.path.join(exports, "entities.ndjson")
    count = duckdb.sql(f"SELECT count(*) FROM read_json('{ndjson}', format = 'newline_delimited')").fetchone()[0]
    check("DuckDB loads the NDJSON export", count == expected["report_entities"], count)
    csv = os.path.join(exports, "entities.csv")
    with_title = connection.execute("SELECT count(*) FROM report_entities WHERE title IS NOT NULL").fetchone()[0]
    loaded = duckdb.sql(f"SELECT count(*), count(title) FROM read_csv('{csv}', header = true, all_varchar = true)")
    check("DuckDB loads the CSV export, null as null", loaded.fetchone() == (expected["report_entities"], with_title))


while_it_is_written() if when == "while" else after_it_is_written()
sys.exit(failures)
