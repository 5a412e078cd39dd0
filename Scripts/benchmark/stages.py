"""Says where the CPU time of a crawl goes: samples it with perf and prints microseconds per repository by stage.

Usage: stages.py --simulator URL --repositories N [--rounds R] PROGRAM...
  URL        an azure-simulator with N repositories (--repositories N), or any server of the same world
  PROGRAM    built with -c release; several are measured in turn, so that what else the machine does meets all of them

A sample belongs to the stage of the first function on its stack that has one; what has none is the runtime's: tasks,
memory and the kernel's part in both.
"""

import argparse
import collections
import os
import re
import subprocess
import tempfile

FREQUENCY = 4000  # samples in a second of CPU time

# By the module in a symbol's mangled name, or by the library.
STAGES = [
    ("store", r"sqlite|GRDB|CatalogStore"),
    ("parse", r"yaml|4YAML|\$s7Catalog(?!S)"),
    ("JSON", r"JSONObject|JSONRows|JSONScanner|RepositoryRow"),
    ("transport", r"libcurl|9Transport|libssl|libcrypto"),
    ("AzureDevOps", r"11AzureDevOps|11Credentials|6Crypto|SHA1|sha1"),
    ("crawl", r"5Crawl|14CatalogCrawler"),
]
COLUMNS = [name for name, _ in STAGES] + ["runtime"]


def stacks(data):
    """Thread and functions of each sample, innermost first."""
    script = ["perf", "script", "-i", data, "-F", "tid,ip,sym,dso"]
    text = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines:
            yield lines[0].split()[0], [re.sub(r"^\s*[0-9a-f]+ ", "", line) for line in lines[1:]]


def stage(functions):
    for function in functions:
        for name, pattern in STAGES:
            if re.search(pattern, function):
                return name
    return None


def crawl(program, config, database, data=None):
    command = [program, "sync", "--quiet", "--config", config, "--database", database]
    if data:
        perf = ["perf", "record", "-q", "-F", str(FREQUENCY), "-e", "cpu-clock", "-g", "--call-graph", "fp", "-o", data]
        command = perf + command
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def measure(program, config, folder, is_first):
    """Samples of one crawl by stage."""
    database, data = os.path.join(folder, "catalog.sqlite"), os.path.join(folder, "perf.data")
    for end in ("", "-wal", "-shm"):
        if os.path.exists(database + end):
            os.remove(database + end)
    if not is_first:
        crawl(program, config, database)
    crawl(program, config, database, data)
    samples = [(thread, stage(functions), functions) for thread, functions in stacks(data)]
    # What the thread of libcurl does is transport, whatever library it is in.
    curl = {thread for thread, _, functions in samples if any("CurlLoop" in function for function in functions)}
    return collections.Counter(name or ("transport" if thread in curl else "runtime") for thread, name, _ in samples)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--simulator", required=True)
    parser.add_argument("--repositories", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "app-config.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(
                "integrations:\n  azure:\n    - credentials:\n        - organizations: [org1]\n"
                "          personalAccessToken: simulator-token\n"
                f"crawler:\n  concurrency: 64\n  endpoints:\n    dev.azure.com: {arguments.simulator}\n"
            )
        print("| | " + " | ".join(COLUMNS) + " | all |")
        print("| --- |" + " --- |" * (len(COLUMNS) + 1))
        for is_first in (True, False):
            sums = {program: collections.Counter() for program in arguments.programs}
            for _ in range(arguments.rounds):
                for program in arguments.programs:
                    sums[program] += measure(program, config, folder, is_first)
            scale = 1e6 / FREQUENCY / arguments.rounds / arguments.repositories
            for program, counts in sums.items():
                name = "first" if is_first else "unchanged"
                values = [f"{counts[column] * scale:.1f}" for column in COLUMNS]
                print(f"| {os.path.basename(program)}: {name} | {' | '.join(values)} | {counts.total() * scale:.1f} |")


if __name__ == "__main__":
    main()
