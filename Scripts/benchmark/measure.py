"""Runs crawls and baselines and prints one table; called by Scripts/benchmark.sh."""

import argparse
import functools
import json
import multiprocessing
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.request


PATTERN = (
    "catalog:\n  providers:\n    azureDevOps:\n      all:\n        organization: org1\n"
    "        project: '*'\n        repository: '*'\n        path: /**/catalog-info.yaml\n"
)


# What the programs of peers.py are called in the table.
PEERS = {
    "libcurl": "libcurl floor",
    "curl": "curl --parallel",
    "aiohttp": "aiohttp + libyaml",
    "sdk": "azure-devops SDK",
    "harvest": "azdo-harvest",
    "dlt": "dlt",
    "ocean": "Port Ocean",
    "ocean-direct": "Port Ocean, file by file",
}
# One after another, or as slow: a delay of 80 ms would take them minutes.
SLOW = {"sdk", "harvest", "dlt", "ocean", "ocean-direct"}


def settings(base_url, folder, rules=""):
    """A settings file for one organization behind a base URL; without rules, one fixed path in all repositories."""
    path = os.path.join(folder, "app-config.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(
            "integrations:\n  azure:\n    - credentials:\n        - organizations: [org1]\n"
            "          personalAccessToken: simulator-token\n"
            f"crawler:\n  concurrency: 64\n  endpoints:\n    dev.azure.com: {base_url}\n{rules}"
        )
    return path


def served(base_url):
    """How many requests and connections a server has had: nginx's stub_status, or the simulator's."""
    text = urllib.request.urlopen(base_url + "/__status").read().decode()
    accepts, _, requests = map(int, re.findall(r"(\d+) (\d+) (\d+)", text)[0])
    return requests, accepts


def held(database):
    """How many files that were read and entities a database of ours holds."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    counts = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("file WHERE state = 'present'", "entity WHERE is_holder = 1")
    ]
    connection.close()
    return counts


def crawl(program, base_url, folder, database, rules=""):
    """One `sync`; returns wall and CPU seconds, peak memory in MB, requests and connections."""
    path = settings(base_url, folder, rules)
    # Asking how many there were may itself be a request and a connection.
    first = served(base_url)
    requests, connections = served(base_url)
    own = (requests - first[0], connections - first[1])
    begin = time.perf_counter()
    process = subprocess.Popen([program, "sync", "--quiet", "--config", path, "--database", database])
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"sync against {base_url} failed")
    after = served(base_url)
    files, entities = held(database)
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "requests": after[0] - requests - own[0],
        "connections": after[1] - connections - own[1],
        "files": files,
        "entities": entities,
    }


def peer(peers, name, base_url, python=sys.executable, *options):
    """One run of another program by peers.py; raises RuntimeError with its last line when it cannot be run."""
    run = subprocess.run(
        [python, peers, "run", name, "--base-url", base_url, *options], capture_output=True, text=True
    )
    if run.returncode != 0:
        raise RuntimeError((run.stderr.strip().splitlines() or [f"ended with {run.returncode}"])[-1])
    result = json.loads(run.stdout.strip().splitlines()[-1])
    return {
        "wall": result["wall_s"],
        "cpu": result["cpu_s"],
        "memory": result["rss_mb"],
        "requests": result["requests"],
        "connections": result["connections"],
        "files": result.get("files"),
        "entities": result.get("entities"),
        "note": result.get("note"),
    }


def metered(program, base_url, folder, database, budget, window):
    """One first crawl of a service that allows `budget` requests in a window of so many seconds that slides."""
    wall = crawl(program, base_url, folder, database)["wall"]
    counts = json.load(urllib.request.urlopen(base_url + "/__simulator/requests"))
    meter = counts["meter"]
    # Whoever spends each budget as soon as there is one needs this time, and no time for the requests themselves.
    least = (-(-meter["units"] // budget) - 1) * window
    print(f"{meter['units']} units at {budget} in {window} s: {wall:.1f} s, least possible {least} s")
    print(f"share of the allowed budget used: {100 * least / wall:.1f} %")
    print(f"requests inside a Retry-After window: {counts['insideRetryAfter']}")
    print(f"answers that were delayed: {meter['delayed']}, requests that were refused: {meter['blocked']}")


def read(database, pause, until, results):
    """Asks what people ask, again and again, as another program does; returns milliseconds and errors."""
    times, errors, largest = [], [], 0
    begin = time.perf_counter()
    while not os.path.exists(database) and not until.is_set():
        time.sleep(0.001)
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0, isolation_level=None)
    questions = [
        "SELECT ref, owner FROM entity WHERE is_holder = 1 ORDER BY ref LIMIT 50",
        "SELECT json FROM entity WHERE ref = 'component:default/org1-service-000001' AND is_holder = 1",
        "SELECT entity_id FROM search WHERE key = 'spec.owner' AND value = 'team-1'",
        "SELECT source_ref FROM entity_relation WHERE target_ref = 'group:default/team-1'",
    ]
    count = 0
    while not until.is_set():
        start = time.perf_counter()
        try:
            connection.execute(questions[count % len(questions)]).fetchall()
            times.append((time.perf_counter() - start) * 1000)
        except sqlite3.OperationalError as error:
            # Until the database is made.
            if "no such table" not in str(error) and times or time.perf_counter() - begin > 5:
                errors.append(str(error))
        count += 1
        if os.path.exists(database + "-wal"):
            largest = max(largest, os.path.getsize(database + "-wal"))
        time.sleep(pause)
    results.put((times, errors, largest))


def beside_readers(program, base_url, folder, database, readers, crawls):
    """First crawls while other programs read; prints how long the readers waited."""
    times, errors, largest, walls = [], [], 0, []
    for _ in range(crawls):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(database + end):
                os.remove(database + end)
        until, results = multiprocessing.Event(), multiprocessing.Queue()
        processes = [
            multiprocessing.Process(target=read, args=(database, 0.002, until, results)) for _ in range(readers)
        ]
        for process in processes:
            process.start()
        walls.append(crawl(program, base_url, folder, database)["wall"])
        walls.append(crawl(program, base_url, folder, database)["wall"])
        until.set()
        for _ in processes:
            some, wrong, size = results.get()
            times += some
            errors += wrong
            largest = max(largest, size)
        for process in processes:
            process.join()
    times.sort()
    p50, p99 = (times[int(len(times) * share)] for share in (0.5, 0.99))
    print(f"{readers} readers beside {len(walls)} crawls of {statistics.median(walls):.2f} s: {len(times)} answers, "
          f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {times[-1]:.2f} ms, {len(errors)} errors, "
          f"log at most {largest / (1 << 20):.1f} MB")
    for error in sorted(set(errors)):
        print(f"  {error}")
    if errors or p99 >= 10:
        sys.exit(1)


def main():
    parser = argparse.ArgumentParser()
    for option in ("program", "simulator", "folder"):
        parser.add_argument("--" + option, required=True)
    for option in ("peers", "fixture", "copies"):
        parser.add_argument("--" + option)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--ocean")
    parser.add_argument("--delayed", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--repeat", type=int, default=5)
    for option in ("meter-budget", "meter-window"):
        parser.add_argument("--" + option, type=int)
    parser.add_argument("--max-memory", type=int)
    parser.add_argument("--readers", type=int)
    options = parser.parse_args()
    database = os.path.join(options.folder, "benchmark.sqlite")

    if options.meter_budget:
        metered(options.program, options.simulator, options.folder, database, options.meter_budget, options.meter_window)
        return

    if options.readers:
        beside_readers(
            options.program, options.simulator, options.folder, database, options.readers, options.repeat
        )
        return

    def fresh():
        for end in ("", "-wal", "-shm"):
            if os.path.exists(database + end):
                os.remove(database + end)

    def cold(base_url, rules=""):
        fresh()
        return crawl(options.program, base_url, options.folder, database, rules)

    def unchanged(base_url, rules=""):
        return crawl(options.program, base_url, options.folder, database, rules)

    def changed(share):
        request = urllib.request.Request(f"{options.simulator}/__simulator/change?share={share}", method="POST")
        urllib.request.urlopen(request).read()
        return crawl(options.program, options.simulator, options.folder, database)

    rows = [
        ("simulator: first crawl", lambda: cold(options.simulator)),
        ("simulator: unchanged", lambda: unchanged(options.simulator)),
    ]
    if not options.max_memory:
        rows += [
            ("simulator: 1 % changed", lambda: changed(0.01)),
            ("pattern: first crawl", lambda: cold(options.simulator, PATTERN)),
            ("pattern: unchanged", lambda: unchanged(options.simulator, PATTERN)),
        ]
    if options.copies:
        rows += [
            ("copies of one file: first crawl", lambda: cold(options.copies)),
            ("copies, pattern: first crawl", lambda: cold(options.copies, PATTERN)),
            ("copies, pattern: unchanged", lambda: unchanged(options.copies, PATTERN)),
        ]
    if options.peers:
        peers = [text.split("=", 1) for text in options.peer]
        for place, url in [("fixture", options.fixture), *(text.split("=", 1) for text in options.delayed)]:
            for name, python in peers:
                if url == options.fixture or name not in SLOW:
                    ocean = ["--ocean", options.ocean] if name.startswith("ocean") else []
                    run = functools.partial(peer, options.peers, name, url, python, *ocean)
                    rows.append((f"{place}: {PEERS[name]}", run))
            rows.append((f"{place}: first crawl", functools.partial(cold, url)))
            if url == options.fixture:
                rows.append(("fixture: unchanged", functools.partial(unchanged, url)))
    table(rows, options.repeat, options.max_memory)


# The columns of the table: what is in a run, how it is written, and its head.
COLUMNS = [
    ("wall", "7.3f", "wall s"),
    ("least", "7.3f", "least"),
    ("spread", "7.0%", "spread"),
    ("cpu", "6.2f", "CPU s"),
    ("memory", "7.0f", "peak MB"),
    ("requests", "8,.0f", "requests"),
    ("connections", "11,.0f", "connections"),
    ("files", "6,.0f", "files"),
    ("entities", "8,.0f", "entities"),
    ("libcurl floor", "7.2f", "/ floor"),
    ("aiohttp + libyaml", "9.2f", "/ aiohttp"),
]


def table(rows, repeat, max_memory):
    """Runs each row so many times and prints medians, as Markdown; then what there is to say of rows, and of those
    left out."""
    medians = {}
    notes = []
    most = 0
    widths = [len(format(0, form)) for _, form, _ in COLUMNS]
    print(f"| {'':32} | " + " | ".join(f"{head:>{w}}" for (_, _, head), w in zip(COLUMNS, widths)) + " |")
    print(f"| {'-' * 32} | " + " | ".join("-" * (w - 1) + ":" for w in widths) + " |")
    for name, run in rows:
        try:
            runs = [run() for _ in range(repeat)]
        except RuntimeError as error:
            notes.append(f"{name}: left out, {error}")
            continue
        notes += sorted({f"{name}: {r['note']}" for r in runs if r.get("note")})
        row = {
            key: statistics.median(r[key] for r in runs)
            for key, _, _ in COLUMNS
            if runs[0].get(key) is not None
        }
        walls = [r["wall"] for r in runs]
        row["least"] = min(walls)
        row["spread"] = (max(walls) - min(walls)) / row["wall"]
        medians[name] = row["wall"]
        most = max(most, row["memory"])
        place = name.split(":")[0]
        for other in ("libcurl floor", "aiohttp + libyaml"):
            if reference := medians.get(f"{place}: {other}"):
                row[other] = row["wall"] / reference
        cells = (format(row[key], form) if key in row else "" for key, form, _ in COLUMNS)
        print(f"| {name:32} | " + " | ".join(f"{c:>{w}}" for c, w in zip(cells, widths)) + " |", flush=True)
    for note in notes:
        print(note)
    if max_memory and most > max_memory:
        sys.exit(f"{most:.0f} MB are more than {max_memory} MB")


main()
