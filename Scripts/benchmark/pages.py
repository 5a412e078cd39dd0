"""Times the web pages of a running server and weighs them: the first request of each page and the median of some more.

Usage: pages.py ADDRESS [--repeat N] [--entities N] [--pid N]
       pages.py --prepare DATABASE
With the process of the server (--pid), also what a request costs it in CPU time: that does not depend on what else runs.
The second form adds to a generated database what it lacks: a component that 300 others depend on, and a problem in each
fifth file. Fails when the median of a page takes 50 ms or more, or one weighs 100 kB or more.
"""

import argparse
import gzip
import http.client
import os
import sqlite3
import statistics
import sys
import time
import urllib.parse

SLOWEST, HEAVIEST = 50, 100_000

PAGES = {
    "overview": "/",
    "catalog": "/catalog",
    "a page further on": "/catalog?after=component%3Adefault%2Fservice-{middle}",
    "words": "/catalog?q=orders+invoices",
    "words of one entity": "/catalog?q=service-{middle}",
    "beginnings of words": "/catalog?q=invo+cust",
    "kind": "/catalog?kind=API",
    "type": "/catalog?type=website",
    "lifecycle": "/catalog?lifecycle=experimental",
    "owner": "/catalog?owner=team-{team}",
    "tag": "/catalog?tag=tag-7",
    "organization": "/catalog?organization=contoso",
    "words, owner": "/catalog?q=orders+invoices&owner=team-{team}",
    "all limits": "/catalog?q=orders&kind=Component&type=website&lifecycle=production&tag=orders&organization=contoso",
    "nothing found": "/catalog?q=nothingofthatname&kind=API",
    "component": "/entities/component/default/service-{middle}",
    "API": "/entities/api/default/service-{middle}-api",
    "component, 300 relations": "/entities/component/default/service-1",
    "repositories": "/repositories",
    "repositories, state": "/repositories?coverage=invalid",
    "repositories, name": "/repositories?name=service-{middle}",
    "problems": "/problems",
    "problems of a rule": "/problems?rule=rule-39",
    "problems, organization": "/problems?organization=contoso",
    "crawls": "/crawls",
    "crawl": "/crawls/1",
}

PREPARATION = """
    INSERT OR IGNORE INTO relation (entity_id, type, target_ref)
      SELECT id, 'dependsOn', 'component:default/service-1' FROM entity
      WHERE kind = 'Component' AND is_holder = 1 ORDER BY id LIMIT 300;
    INSERT INTO problem (organization_id, repository_id, file_id, class, severity, rule, message, line, column, key_path,
        since, line_text)
      SELECT 1, f.repository_id, f.id, 'content', iif(f.id % 3 = 0, 'error', 'warning'),
        iif(f.id > (SELECT max(id) FROM file) - 100, 'rule-39', 'rule-' || (f.id % 39)),
        'expected 1 to 63 letters, digits, or -, got a name with blanks', f.id % 90, 9, 'metadata.name',
        '2026-01-01T00:00:00.000Z', '  name: a name with blanks'
      FROM file f WHERE f.id % 5 = 0 AND NOT EXISTS (SELECT 1 FROM problem);
"""


def ask(connection, path):
    """Milliseconds, status, body."""
    begin = time.perf_counter()
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    body = answer.read()
    return (time.perf_counter() - begin) * 1000, answer.status, body


def processor(pid):
    """Milliseconds of CPU time that a process has used."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address", nargs="?")
    parser.add_argument("--prepare", metavar="DATABASE")
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--pid", type=int)
    arguments = parser.parse_args()
    if arguments.prepare:
        with sqlite3.connect(arguments.prepare) as database:
            database.executescript(PREPARATION)
        return
    middle = arguments.entities // 8
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(arguments.address).netloc, timeout=60)
    too_much = 0
    print("| page | first ms | median ms | worst ms | CPU ms | kB | kB gzip |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, path in PAGES.items():
        path = path.format(middle=middle, team=middle // 25)
        first, status, body = ask(connection, path)
        if status == 404:
            continue  # What only other databases have.
        begin = processor(arguments.pid) if arguments.pid else 0
        times = [ask(connection, path)[0] for _ in range(arguments.repeat)]
        cost = f"{(processor(arguments.pid) - begin) / arguments.repeat:.1f}" if arguments.pid else ""
        median, weight = statistics.median(times), len(body)
        fault = status != 200 or median >= SLOWEST or weight >= HEAVIEST
        too_much += fault
        print(
            f"| {name} | {first:.1f} | {median:.1f} | {max(times):.1f} | {cost} | {weight / 1000:.1f} "
            f"| {len(gzip.compress(body, 6)) / 1000:.1f} |{f' **{status}, too much**' if fault else ''}",
            flush=True,
        )
    for name in ("pages.css", "pages.js", "icon.svg"):
        body = ask(connection, f"/assets/{name}")[2]
        print(f"| {name} | | | | | {len(body) / 1000:.1f} | {len(gzip.compress(body, 6)) / 1000:.1f} |")
    sys.exit(1 if too_much else 0)


main()
