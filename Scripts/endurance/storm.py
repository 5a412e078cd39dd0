#!/usr/bin/env python3
"""Sends a storm of pushes to the service's webhooks, and looks at what comes of it.

Usage: Scripts/endurance/storm.py BIN [--pushes N] [--repositories N] [--seconds N] [--settle N] [--seed N]
  BIN             where the built programs are
  --pushes N      default 10000
  --repositories  that they are to; default 500
  --seconds N     in which they come, evenly spread; default 60
  --settle N      crawler.webhooks.settle in seconds; default 10
  --seed N        the order of the repositories; default 1

Every push must be answered with 200, and each repository be refreshed after its last push, and at most once in a
settle time; meanwhile the service answers questions, and its memory does not grow.
"""
import argparse
import collections
import datetime
import json
import random
import sys
import tempfile
import threading
import time

from running import SECRET, Running, fail, wait_for

SENDERS = 4
MOST_MEMORY = 64 << 20


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000 if times else 0


class Storm:
    def __init__(self, options, service, repositories):
        self.options, self.service = options, service
        self.lock = threading.Lock()
        self.verdicts, self.times = collections.Counter(), []
        self.last_push = {}
        self.is_over = threading.Event()
        self.asked, self.faults, self.most_memory = [], [], 0
        generator = random.Random(options.seed)
        # Every repository has its pushes, in an order that is nobody's.
        self.pushes = [repositories[i % len(repositories)] for i in range(options.pushes)]
        generator.shuffle(self.pushes)
        # Azure DevOps sends some events twice.
        self.repeated = {i for i in range(options.pushes) if generator.random() < 0.02}

    def event(self, number):
        guid, name, project = self.pushes[number]
        return json.dumps({
            "id": f"event-{number}", "eventType": "git.push", "publisherId": "tfs",
            "resource": {"pushId": number + 1, "refUpdates": [{"name": "refs/heads/main", "newObjectId": "1"}],
                         "repository": {"id": guid, "name": name, "project": {"name": project},
                                        "defaultBranch": "refs/heads/main"}},
            "resourceContainers": {"collection": {"baseUrl": "https://dev.azure.com/org1/"}}})

    def send(self, sender):
        connection = self.service.connect()
        headers = {"Content-Type": "application/json", "X-Catalog-Crawler-Secret": SECRET}
        for number in range(sender, len(self.pushes), SENDERS):
            due = self.begin + number * self.options.seconds / len(self.pushes)
            time.sleep(max(0, due - time.monotonic()))
            for _ in range(2 if number in self.repeated else 1):
                start, sent = time.monotonic(), time.time()
                try:
                    connection.request("POST", "/webhooks/azure-devops", self.event(number), headers)
                    answer = connection.getresponse()
                    body = answer.read()
                except OSError as error:
                    with self.lock:
                        self.faults.append(f"push {number}: {error}")
                    connection.close()
                    connection = self.service.connect()
                    continue
                with self.lock:
                    self.times.append(time.monotonic() - start)
                    if answer.status != 200:
                        self.faults.append(f"push {number}: {answer.status}")
                        continue
                    verdict = json.loads(body)["status"]
                    self.verdicts[verdict] += 1
                    guid = self.pushes[number][0]
                    if verdict in ("queued", "coalesced"):
                        self.last_push[guid] = max(sent, self.last_push.get(guid, 0))

    def watch(self):
        """Asks as readers do, and looks at the memory."""
        paths = ["/healthz", "/readyz", "/api/catalog/entities/by-query?limit=20", "/api/crawler"]
        number = 0
        while not self.is_over.wait(0.05):
            start, path = time.monotonic(), paths[number % len(paths)]
            number += 1
            try:
                status = self.service.get(path)[0]
            except OSError as error:
                status = error
            self.asked.append(time.monotonic() - start)
            if status != 200:
                self.faults.append(f"{path}: {status}")
            self.most_memory = max(self.most_memory, self.service.memory())

    def run(self):
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        self.begin = time.monotonic()
        senders = [threading.Thread(target=self.send, args=(i,)) for i in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        self.took = time.monotonic() - self.begin
        return watcher


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    for name, value in (("pushes", 10_000), ("repositories", 500), ("seconds", 60), ("settle", 10), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        more = f"  webhooks: {{secret: {SECRET}, settle: {options.settle}s}}\n"
        running = Running(options.bin, folder, options.repositories, more)
        service = running.serve()
        try:
            return storm(options, running, service)
        finally:
            service.kill()
            running.simulator.kill()


def storm(options, running, service):
    running.sync(service)
    repositories = running.rows(
        "SELECT r.guid, r.name, p.name FROM repository r JOIN project p ON p.id = r.project_id ORDER BY r.guid")
    names = {(project, name): guid for guid, name, project in repositories}
    files, memory = running.items_asked(), service.memory()
    storm = Storm(options, service, repositories)
    watcher = storm.run()
    wait_for(
        "the refreshes",
        lambda: service.get("/api/crawler/requests?state=waiting")[1].startswith('{"items":[]')
        and service.get("/api/crawler/requests?state=running")[1].startswith('{"items":[]')
        and time.monotonic() - storm.begin > storm.took + options.settle + 1, 120)
    storm.is_over.set()
    watcher.join()
    files = running.items_asked() - files

    failures = 0
    refreshes, last_begun = collections.defaultdict(list), collections.defaultdict(float)
    for text, at, begun, state, code in running.rows(
            "SELECT request, requested_at, started_at, state, exit_code FROM crawl_request WHERE reason = 'webhook'"
            " ORDER BY id"):
        request = json.loads(text)
        at, begun = (datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() for time in (at, begun))
        if (state, code) != ("done", 0):
            failures += fail(f"a refresh is {state} with exit code {code}")
        for part in [request["limits"], *request["others"]]:
            guid = names[part["project"], part["repository"]]
            refreshes[guid].append(at)
            last_begun[guid] = max(last_begun[guid], begun)
    count = sum(len(times) for times in refreshes.values())
    gaps = [later - earlier for times in refreshes.values() for earlier, later in zip(times, times[1:])]
    # One that still waits is not asked for a second time: when it begins is what counts.
    late = sum(1 for guid, pushed in storm.last_push.items() if last_begun[guid] < pushed)
    most = int(storm.took / options.settle) + 2
    crawls = running.rows("SELECT count(DISTINCT crawl_id) FROM crawl_request WHERE reason = 'webhook'")[0][0]
    print(f"      {len(storm.times)} pushes to {len(repositories)} repositories in {storm.took:.1f} s: "
          + ", ".join(f"{n} {verdict}" for verdict, n in sorted(storm.verdicts.items())))
    print(f"      {count} refreshes in {crawls} crawls, at most {max(map(len, refreshes.values()))} of a repository, "
          f"{min(gaps, default=0):.2f} s apart at least; {files} files asked for")
    print(f"      answers to pushes: {percentile(storm.times, 0.5):.1f} ms, of a hundred the slowest "
          f"{percentile(storm.times, 0.99):.1f} ms; to {len(storm.asked)} questions beside them: "
          f"{percentile(storm.asked, 0.5):.1f} ms and {percentile(storm.asked, 0.99):.1f} ms; "
          f"memory {memory >> 20} MB before, {storm.most_memory >> 20} MB at most")
    for fault in storm.faults[:10]:
        failures += fail(fault)
    # The times in the database are those of the writing, which may have waited for another one.
    if gaps and min(gaps) < options.settle * 0.75:
        failures += fail(f"two refreshes of a repository are {min(gaps):.2f} s apart, expected {options.settle} s")
    if max(map(len, refreshes.values())) > most:
        failures += fail(f"a repository was refreshed {max(map(len, refreshes.values()))} times, expected {most} at most")
    if late:
        failures += fail(f"{late} repositories were not refreshed after their last push")
    if files > count:
        failures += fail(f"{files} files were asked for, more than refreshes")
    if sum(storm.verdicts[word] for word in ("queued", "coalesced")) < options.pushes * 0.9:
        failures += fail(f"too few pushes were taken: {dict(storm.verdicts)}")
    if storm.most_memory - memory > MOST_MEMORY:
        failures += fail(f"the memory has grown by {(storm.most_memory - memory) >> 20} MB")
    code = service.stop()
    if code != 0:
        failures += fail(f"the service ended with {code}")
    if not failures:
        print("ok    webhook storm: at most one refresh of a repository in a settle time, none lost, still answering")
    return failures


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
