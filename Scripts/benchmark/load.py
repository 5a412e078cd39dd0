"""Asks a running service with wrk while a writer changes its catalog; called by Scripts/benchmark.sh --serve."""

import argparse
import os
import re
import subprocess
import sys
import time
import urllib.request

# What is asked, by the names of load.lua, and how many answers a second one core shall give; None for no goal.
QUESTIONS = [
    ("by-name", "entity by name", 10_000),
    ("by-owner", "page of 20, kind and owner", 2_000),
    ("by-type", "page of 20, kind and type, by name", 2_000),
    ("facets", "two facets of an owner", None),
    ("facets-all", "two facets of all", None),
]


def cpu(pid):
    """Seconds of CPU time that a process has taken, all of its threads."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """MB that a process has in memory without what it shares with files, which is the database."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"RssAnon:\s+(\d+)", file.read()).group(1)) / 1024


def start(command, until, core):
    """Starts a process on one core, and waits for a line of its output."""
    process = subprocess.Popen(["taskset", "-c", core, *command], stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if until in line:
            return process, line
    sys.exit(f"{command[0]} did not start: {process.wait()}")


def ask(address, question, repositories, seconds, connections, core):
    """One run of wrk: answers, seconds, failures of sockets, answers that are errors, p50 and p99 in milliseconds."""
    script = os.path.join(os.path.dirname(__file__), "load.lua")
    output = subprocess.run(
        ["taskset", "-c", core, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, address, "--"]
        + [question, str(repositories)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    figures = re.search(r"figures (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if figures is None:
        sys.exit(f"wrk said nothing of {question}:\n{output}")
    answers, microseconds, failures, errors, p50, p99 = map(int, figures.groups())
    return answers, microseconds / 1e6, failures, errors, p50 / 1e3, p99 / 1e3


def row(name, goal, process, figures, cpu_seconds):
    answers, seconds, failures, errors, p50, p99 = figures
    rate = answers / seconds
    each = cpu_seconds / max(1, answers)
    print(
        f"| {name} | {rate:,.0f} | {f'{goal:,}' if goal else ''} | {p50:.2f} | {p99:.2f} | {failures + errors} |"
        f" {each * 1e6:.0f} | {1 / each if each else 0:,.0f} | {memory(process.pid):.0f} |",
        flush=True,
    )
    return failures + errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, help="catalog-benchmark")
    parser.add_argument("--database", required=True)
    parser.add_argument("--entities", type=int, required=True)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--changes", type=int, default=400, help="entities that the writer changes a second")
    parser.add_argument("--only", action="append", help="one of the questions")
    options = parser.parse_args()

    # The service has one core for itself; whoever asks and writes has another one.
    cores = sorted(map(str, os.sched_getaffinity(0)))
    own, others = cores[0], cores[-1]
    service, line = start(
        [options.program, "serve", "--port", "0", "--entities", str(options.entities), options.database],
        "listening on",
        own,
    )
    processes = [service]
    try:
        address = line.split()[-1]
        if options.changes:
            command = [options.program, "write", "--entities", str(options.entities)]
            command += ["--rate", str(options.changes), options.database]
            processes.append(start(command, "writing", others)[0])
        repositories = max(1, options.entities // 4)
        urllib.request.urlopen(f"{address}/readyz").read()
        print(
            f"{options.entities:,} entities, {options.changes} changed each second, {options.connections} connections,"
            f" {options.seconds} s each; {memory(service.pid):.0f} MB before\n\n"
            "| | answers/s | goal | p50 ms | p99 ms | errors | CPU µs each | answers per CPU s | MB after |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            flush=True,
        )
        failed = 0
        for question, name, goal in QUESTIONS:
            if options.only and question not in options.only:
                continue
            before = cpu(service.pid)
            figures = ask(address, question, repositories, options.seconds, options.connections, others)
            failed += row(name, goal, service, figures, cpu(service.pid) - before)
        for process in processes:
            if process.poll() is not None:
                sys.exit(f"{process.args} ended by itself: {process.returncode}")
    finally:
        for process in processes:
            process.terminate()
            process.wait()
    if failed:
        sys.exit(f"{failed} requests failed or were answered with an error")


if __name__ == "__main__":
    main()
