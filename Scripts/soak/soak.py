"""Runs the service beside a simulator whose world changes all the time, and watches it: see Scripts/soak.sh."""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

ORGANIZATIONS = ("contoso", "fabrikam", "northwind")
PROJECTS = ("Payments", "Customer Portal")
REPOSITORIES = 40  # of each project
FAULTS = ("503", "429/1", "500", "cut-body", "reset", "page", "slow/1", "delayed/1", "wrong-json", "shorter/20")
SAMPLE = 5  # seconds between two looks at the process
SETTINGS = """
integrations:
  azure:
    - host: dev.azure.com
      credentials:
        - personalAccessToken: ${SIMULATOR_TOKEN}
          organizations: [contoso, fabrikam, northwind]
crawler:
  listen: 127.0.0.1:0
  endpoints: {dev.azure.com: "${SIMULATOR}"}
  schedule:
    sync: 20 seconds
    refresh: 7 seconds
catalog:
  providers:
    azureDevOps:
      contoso: {organization: contoso, project: "*"}
      fabrikam: {organization: fabrikam, project: "*"}
      northwind: {organization: northwind, project: "*"}
      services: {organization: contoso, project: Payments, repository: "*", path: "/services/*/catalog-info.yaml"}
"""


class World:
    """The folder that the simulator serves, and what changes in it."""

    def __init__(self, folder, seed):
        self.folder, self.random, self.changes = folder, random.Random(seed), 0
        for organization in ORGANIZATIONS:
            for project in PROJECTS:
                for number in range(REPOSITORIES):
                    self.write(folder / organization / project / f"service-{number:02}")

    def write(self, repository, services=0):
        """One catalog file, and so many behind a pattern."""
        self.changes += 1
        (repository / "src").mkdir(parents=True, exist_ok=True)
        (repository / "src" / "main.txt").write_text(f"change {self.changes}\n")
        self.put(repository / "catalog-info.yaml", repository.name)
        for number in range(services):
            path = repository / "services" / f"part-{number}" / "catalog-info.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.put(path, f"{repository.name}-part-{number}")

    def put(self, path, name):
        organization = path.relative_to(self.folder).parts[0]
        project = path.relative_to(self.folder).parts[1].lower().replace(" ", "-")
        other = self.random.randrange(REPOSITORIES)
        text = (
            f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {project}-{name}\n"
            f"  namespace: {organization}\n  description: as of change {self.changes}\nspec:\n  type: service\n"
            f"  lifecycle: production\n  owner: group:{organization}/team-{other % 7}\n"
            f"  dependsOn: [component:{organization}/{project}-service-{other:02}]\n"
        )
        if self.random.random() < 0.03:
            text = text.replace("kind: Component", "kind: [")
        # A reader never sees half of it.
        temporary = path.with_name(path.name + ".new")
        temporary.write_text(text)
        temporary.rename(path)

    def repository(self):
        project = self.folder / self.random.choice(ORGANIZATIONS) / self.random.choice(PROJECTS)
        return self.random.choice(sorted(project.iterdir()))

    def change(self):
        """One change of those that happen in a company."""
        repository = self.repository()
        chance = self.random.random()
        if chance < 0.75:
            self.write(repository, services=self.random.choice((0, 0, 0, 3)))
        elif chance < 0.85:
            (repository / "catalog-info.yaml").unlink(missing_ok=True)
        elif chance < 0.92:
            self.write(repository.parent / f"service-{self.random.randrange(REPOSITORIES, 2 * REPOSITORIES)}")
        elif len(list(repository.parent.iterdir())) > REPOSITORIES - 5:
            shutil.rmtree(repository)

    def mend(self):
        """Rights what is not YAML: entities of such files stay as they were, and no first crawl can know them."""
        for path in self.folder.glob("*/*/*/**/catalog-info.yaml"):
            text = path.read_text()
            if "kind: [" in text:
                path.write_text(text.replace("kind: [", "kind: Component"))


class Process:
    """A server that says where it listens, and how much it takes."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "w") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}
            )
        for _ in range(200):
            found = re.search(r"(?:serving|listening) on (\S+)", log.read_text())
            if found:
                self.address = found.group(1)
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"soak: {command[0]} does not listen:\n{log.read_text()}")

    def memory(self):
        """MB of memory that is in use."""
        return int(re.search(r"VmRSS:\s+(\d+)", self.status()).group(1)) / 1024

    def threads(self):
        return int(re.search(r"Threads:\s+(\d+)", self.status()).group(1))

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def status(self):
        return pathlib.Path(f"/proc/{self.process.pid}/status").read_text()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            sys.exit("soak: the service did not end within a minute of SIGTERM")


class Readers:
    """Asks what people and tools ask, all the time, until it is stopped."""

    def __init__(self, address):
        self.address, self.is_over = address, threading.Event()
        self.answers, self.faults, self.slowest = 0, [], 0.0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.read, args=(number,), daemon=True) for number in range(3)]
        self.threads.append(threading.Thread(target=self.follow, daemon=True))
        for thread in self.threads:
            thread.start()

    def read(self, number):
        choice = random.Random(number)
        while not self.is_over.wait(0.02):
            organization, name = choice.choice(ORGANIZATIONS), f"payments-service-{choice.randrange(REPOSITORIES):02}"
            path = choice.choice(
                (
                    f"/api/catalog/entities/by-name/component/{organization}/{name}",
                    f"/api/catalog/entities/by-query?limit=20&filter=kind=component,metadata.namespace={organization}",
                    "/api/catalog/entity-facets?facet=kind&facet=spec.owner",
                    f"/entities/component/{organization}/{name}",
                    "/",
                    "/catalog?q=payments",
                    "/problems",
                    "/repositories",
                    "/crawls",
                    "/metrics",
                    "/readyz",
                    "/api/crawler",
                )
            )
            self.ask(path)

    def ask(self, path):
        begin = time.monotonic()
        try:
            with urllib.request.urlopen(self.address + path, timeout=30) as answer:
                answer.read()
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            status = str(error)
        with self.lock:
            self.answers += 1
            self.slowest = max(self.slowest, time.monotonic() - begin)
            if status not in (200, 303, 304, 404):
                self.faults.append(f"{path}: {status}")

    def follow(self):
        """Follows the events, and comes again, as pages that are opened and closed do."""
        while not self.is_over.is_set():
            try:
                with urllib.request.urlopen(self.address + "/api/crawler/events", timeout=20) as answer:
                    for _ in range(200):
                        if self.is_over.is_set() or not answer.readline():
                            break
            except OSError:
                continue

    def stop(self):
        self.is_over.set()
        for thread in self.threads[:-1]:
            thread.join()


def fault_rules():
    """Each kind of fault at its own requests, all the time: about one request of forty."""
    rules = []
    for place, answer in enumerate(FAULTS):
        step = 397 + 2 * place
        numbers = "+".join(str(number) for number in range(50 + 37 * place, 400_000, step))
        rules += ["--fault", f"numbers={numbers},answer={answer}"]
    return rules


def median(values):
    return sorted(values)[len(values) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.folder
    world = World(folder / "world", arguments.seed)
    crawler, database = arguments.bin / "catalog-crawler", folder / "catalog.db"
    simulate = [arguments.bin / "azure-simulator", "--world", folder / "world", "--latency", "2ms"]
    simulator = Process([*simulate, "--port", "0", *fault_rules()], folder / "simulator.log")
    settings = folder / "app-config.yaml"
    settings.write_text(SETTINGS)
    environment = {"SIMULATOR": simulator.address, "SIMULATOR_TOKEN": "simulator-token"}

    def crawl(*words, into=database):
        done = subprocess.run(
            [crawler, *words, "--config", settings, "--database", into, "--json"],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1, 2):
            sys.exit(f"soak: {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done

    service = Process(
        [crawler, "serve", "--config", settings, "--database", database], folder / "service.log", environment
    )
    readers = Readers(service.address)
    begin, samples, wal = time.monotonic(), [], 0
    pause = random.Random(arguments.seed)
    while (went := time.monotonic() - begin) < arguments.minutes * 60:
        until = time.monotonic() + SAMPLE
        while time.monotonic() < until:
            world.change()
            time.sleep(pause.uniform(0.1, 0.6))
        log = pathlib.Path(f"{database}-wal")
        wal = log.stat().st_size / 1e6 if log.exists() else 0
        samples.append(
            {
                "second": round(went),
                "memory": round(service.memory(), 1),
                "files": service.files(),
                "threads": service.threads(),
                "wal": round(wal, 1),
                "answers": readers.answers,
            }
        )
        (folder / "samples.json").write_text(json.dumps(samples, indent=1))
        if len(samples) % 12 == 0:
            print("soak:", ", ".join(f"{key} {value}" for key, value in samples[-1].items()), flush=True)

    # The world rests and everything answers: the service has to end where it is.
    readers.stop()
    world.mend()
    port = urllib.parse.urlsplit(simulator.address).port
    simulator.stop()
    simulator = Process([*simulate, "--port", str(port)], folder / "simulator-at-the-end.log")
    for _ in range(3):
        crawl("sync", "--accept-removals")
    service.stop()
    fresh = folder / "fresh.db"
    crawl("sync", into=fresh)
    simulator.stop()

    failures = list(dict.fromkeys(readers.faults))[:20]
    if not readers.answers:
        failures.append("nothing was read")
    warm = samples[len(samples) // 4 :]
    third = max(1, len(warm) // 3)
    for key, allowed in (("memory", 1.15), ("files", 1.1), ("threads", 1.1)):
        first = median([sample[key] for sample in warm[:third]])
        last = median([sample[key] for sample in warm[-third:]])
        print(f"soak: {key}: {first} at first, {last} at the end, at most {max(s[key] for s in samples)}")
        if last > first * allowed + 2:
            failures.append(f"{key} grew from {first} to {last}")
    print(f"soak: write-ahead log: at most {max(sample['wal'] for sample in samples)} MB")
    if max(sample["wal"] for sample in samples) > 64:
        failures.append("the write-ahead log grew beyond 64 MB")

    def ask(path, sql):
        return subprocess.run(
            ["sqlite3", "-readonly", path, sql], capture_output=True, text=True, check=True
        ).stdout.strip()

    what = (
        "SELECT f.url, e.ref, e.line, e.is_holder, e.json FROM entity e JOIN file f ON f.id = e.file_id "
        "ORDER BY 1, 2, 3"
    )
    if ask(database, what) != ask(fresh, what):
        failures.append("the database and the world differ: compare catalog.db and fresh.db")
    for check in ("PRAGMA integrity_check", "PRAGMA foreign_key_check"):
        if ask(database, check) not in ("ok", ""):
            failures.append(f"{check}: {ask(database, check)}")
    entities = ask(database, "SELECT count(*) FROM entity")
    crawls = ask(database, "SELECT group_concat(outcome || ' ' || n, ', ') FROM "
                 "(SELECT outcome, count(*) AS n FROM crawl GROUP BY outcome ORDER BY outcome)")
    print(
        f"soak: {arguments.minutes:g} minutes, {world.changes} files written, {readers.answers} answers "
        f"(slowest {readers.slowest * 1000:.0f} ms), crawls: {crawls}; {entities} entities at the end"
    )
    for failure in failures:
        print(f"soak: {failure}")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
