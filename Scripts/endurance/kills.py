#!/usr/bin/env python3
"""Kills the service (kill -9) again and again while it is told to change something, and looks whether what it has
answered is there afterwards.

Usage: Scripts/endurance/kills.py BIN [--kills N] [--seed N]
  BIN        where the built programs are
  --kills N  how often; default 20
  --seed N   of the moments and of what is sent; default 1

Locations that were registered or taken back, and crawls that were asked for, count as answered with the status of
their answer. What was sent and not answered may be there or not.
"""
import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time

from running import Running, fail, wait_for

WRITERS = 3


class Ledger:
    """What the service has promised."""

    def __init__(self):
        self.lock = threading.Lock()
        self.number = 0
        self.present, self.absent, self.requests = {}, set(), set()
        self.answered = {"registered": 0, "taken back": 0, "crawls asked for": 0}

    def next(self):
        with self.lock:
            self.number += 1
            return self.number

    def note(self, what):
        self.answered[what] += 1


class Writer(threading.Thread):
    """Changes something, one thing after the other, until the service is gone."""

    def __init__(self, service, ledger, repositories, seed):
        super().__init__()
        self.service, self.ledger, self.repositories = service, ledger, repositories
        self.random = random.Random(seed)
        self.faults = []

    def ask(self, method, path, body=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def run(self):
        self.connection = self.service.connect()
        try:
            while True:
                self.step()
        except (OSError, http.client.HTTPException, ValueError):
            pass  # It was killed.
        finally:
            self.connection.close()

    def step(self):
        ledger, kind = self.ledger, self.random.random()
        guid, name, project = self.random.choice(self.repositories)
        if kind < 0.5:
            target = f"https://dev.azure.com/org1/{project}/_git/{name}?path=/more-{ledger.next()}.yaml"
            status, body = self.ask("POST", "/api/catalog/locations", {"type": "url", "target": target})
            if status == 201:
                with ledger.lock:
                    ledger.present[target] = json.loads(body)["location"]["id"]
                    ledger.note("registered")
        elif kind < 0.75:
            with ledger.lock:
                if not ledger.present:
                    return
                # Nobody else is to take it back; until it is answered it may be there or not.
                target = self.random.choice(sorted(ledger.present))
                id = ledger.present.pop(target)
            status, body = self.ask("DELETE", f"/api/catalog/locations/{id}")
            with ledger.lock:
                if status == 204:
                    ledger.absent.add(target)
                    ledger.note("taken back")
                elif status == 503:
                    ledger.present[target] = id  # A crawl was in the way.
        else:
            part = {"organization": "org1", "project": project, "repository": name}
            status, body = self.ask("POST", "/api/crawler/crawls", {"command": "refresh", "targets": [part]})
            if status == 202:
                with ledger.lock:
                    ledger.requests.add(json.loads(body)["request"])
                    ledger.note("crawls asked for")
        if status >= 500 and status != 503:
            self.faults.append(f"{status}: {body[:200]}")


def check(running, ledger, moment):
    """What is in the database while nobody uses it."""
    failures = 0
    for question, answer in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        found = running.rows(f"PRAGMA {question}")
        if found != answer:
            failures += fail(f"{moment}: {question}: {found[:3]}")
    stored = {row[0] for row in running.rows("SELECT target FROM location WHERE source = 'registered'")}
    requests = {row[0] for row in running.rows("SELECT id FROM crawl_request")}
    for what, lost in (
            ("locations that were registered are not there", set(ledger.present) - stored),
            ("locations that were taken back are there", ledger.absent & stored),
            ("crawls that were asked for are not there", ledger.requests - requests)):
        if lost:
            failures += fail(f"{moment}: {len(lost)} {what}: {sorted(lost)[:2]}")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        running = Running(options.bin, folder, 40)
        service = running.serve()
        try:
            running.sync(service)
            service.stop()
            return kills(options, running)
        finally:
            running.simulator.kill()


def kills(options, running):
    generator, ledger, failures = random.Random(options.seed), Ledger(), 0
    repositories = running.rows(
        "SELECT r.guid, r.name, p.name FROM repository r JOIN project p ON p.id = r.project_id ORDER BY r.guid")
    for number in range(1, options.kills + 1):
        service = running.serve()
        writers = [Writer(service, ledger, repositories, generator.random()) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(generator.uniform(0.02, 1.5))
        service.kill()
        for writer in writers:
            writer.join()
            for fault in writer.faults[:3]:
                failures += fail(f"kill {number}: {fault}")
        failures += check(running, ledger, f"kill {number}")

    # What waits goes on; that it is answered in the end is a test of its own.
    service = running.serve()
    try:
        listed = {item["data"]["target"] for item in json.loads(service.get("/api/catalog/locations")[1])}
        if not set(ledger.present) <= listed or ledger.absent & listed:
            failures += fail("the API shows other locations than were answered")
        wait_for("/readyz", lambda: service.get("/readyz")[0] == 200)
        code = service.stop()
        if code != 0:
            failures += fail(f"the service ended with {code}")
    finally:
        service.kill()
    states = dict(running.rows("SELECT state, count(*) FROM crawl_request GROUP BY state"))
    if set(states) - {"waiting", "done"}:
        failures += fail(f"requests are {states}")
    failures += check(running, ledger, "at the end")
    told = ", ".join(f"{count} {what}" for what, count in ledger.answered.items())
    print(f"      {options.kills} kills; answered: {told}")
    if min(ledger.answered.values()) == 0:
        failures += fail("something was never answered: the check says nothing of it")
    if not failures:
        print("ok    kill -9: all that was answered is there, and the database is whole")
    return failures


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
