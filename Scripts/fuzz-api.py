#!/usr/bin/env python3
"""Sends malformed requests to a running service, looking for crashes, hangs, 5xx answers and growing memory.

Usage: Scripts/fuzz-api.py [--requests N | --seconds N] [--seed N] [--token TOKEN] [--secret SECRET] [--pid PID] BASE_URL
  --requests N   how many; default 10000
  --seconds N    for so long, however many they are
  --seed N       another seed sends other requests; default 1
  --token TOKEN  sent with a part of them, to come further
  --secret SECRET  of webhooks, sent with a part of them
  --pid PID      the service's process: its memory may grow by at most 100 MB (Linux)
  BASE_URL       such as http://127.0.0.1:7007

Exit code 0 when the service still answers /healthz and nothing was wrong.
"""
import argparse
import os
import random
import socket
import ssl
import sys
import time
import urllib.parse

PATHS = [
    "/", "/healthz", "/readyz", "/metrics", "/login", "/logout", "/webhooks/azure-devops", "/api/catalog/entities",
    "/api/catalog/entities/by-query", "/api/catalog/entities/by-refs", "/api/catalog/entity-facets",
    "/api/catalog/entities/by-name/component/default/a", "/api/catalog/entities/by-uid/x", "/api/catalog/refresh",
    "/api/catalog/locations", "/api/catalog/locations/1", "/api/catalog/validate-entity",
    "/api/catalog/analyze-location", "/api/crawler/crawls", "/api/crawler/crawls/1", "/api/crawler/organizations",
    "/api/crawler/repositories", "/api/crawler/problems", "/api/crawler/plan", "/api/catalog/openapi.json",
]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "", "G\0T",
           "X" * 5000]
QUERIES = ["filter=kind=component", "limit=-1", "limit=99999999999999999999", "cursor=%00", "cursor=e30=", "fields=" + "a," * 2000,
           "orderField=metadata.name,asc", "fullTextFilterTerm=%22%27*)(", "facet=", "filter", "%", "%zz", "a=b&a=c&&=",
           "filter=" + "x" * 3000, "offset=1e9", "after=../../etc/passwd", "limit=1;drop%20table%20entity", "q=\xff"]
JSONS = ["", "{", "[]", "null", "7", '"x"', '{"entityRefs":7}', '{"entityRefs":["a"]}', "[" * 20000,
         '{"a":' * 5000, '{"entityRef":"component:default/a"}', '{"type":"url","target":"http://169.254.169.254/"}',
         '{"eventType":"git.push"}', '{"eventType":"git.push","resource":{"repository":{"id":"x"},"pushId":1e400}}',
         '{"a":"\\ud800"}', "\xff\xfe", "{\"a\":\"" + "x" * 100000 + "\"}", '{"entity":{}, "location":null}',
         "token=" + "x" * 2000, "\0" * 1000, '{"eventType":"git.repo.renamed","resource":{"oldName":[]}}']


class Fuzzer:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        url = urllib.parse.urlsplit(options.base)
        self.host, self.is_secure = url.hostname, url.scheme == "https"
        self.port = url.port or (443 if self.is_secure else 80)
        self.statuses, self.faults = {}, []

    def connect(self):
        connection = socket.create_connection((self.host, self.port), timeout=10)
        if self.is_secure:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = context.wrap_socket(connection, server_hostname=self.host)
        return connection

    def header(self):
        r = self.random
        return r.choice([
            lambda: f"X-{r.randrange(1000)}: {'y' * r.randrange(200)}",
            lambda: "X: " + "y" * r.choice([100, 40000, 200000]),
            lambda: ": nothing", lambda: "no colon", lambda: "A\0B: c", lambda: " folded: x",
            lambda: "Content-Length: " + r.choice(["-1", "9" * 30, "abc", "5, 6", "0x10", "10"]),
            lambda: "Transfer-Encoding: " + r.choice(["chunked", "gzip, chunked", "chunked, chunked", "identity", "x"]),
            lambda: "Cookie: " + r.choice(["a", "=", "a=b;;;c", "catalog_crawler_session=" + "x" * 500]),
            lambda: "Authorization: " + r.choice(["Bearer", "Bearer ", "Basic ???", "Digest x", "Bearer " + "x" * 9000]),
            lambda: "Origin: " + r.choice(["null", "http://", "http://evil.example", "\xff"]),
            lambda: "If-None-Match: " + r.choice(["*", "W/", '"' * 50]),
            lambda: "Accept-Encoding: " + r.choice(["gzip;q=x", "br, gzip, *", ","]),
            lambda: "Content-Type: " + r.choice(["", "text/plain", "application/json; charset=x", "a/b/c"]),
            lambda: "Expect: 100-continue", lambda: "Upgrade: h2c", lambda: "Connection: " + r.choice(["close", "upgrade", ","]),
            lambda: "Range: bytes=0-" + "9" * 20,
        ])()

    def path(self):
        r = self.random
        path = r.choice(PATHS)
        kind = r.randrange(10)
        if kind == 0:
            path = "".join(chr(r.randrange(1, 256)) for _ in range(r.randrange(60)))
        elif kind == 1:
            path += r.choice(["/", "//", "/..", "/%2e%2e/", "%00", "/%ff", "/" + "a/" * 500, "/" + "x" * 9000])
        elif kind == 2:
            path = r.choice(["http://evil.example/", "*", "//evil.example/", "", "?", "#", "\\", "/\t"])
        if r.random() < 0.5:
            path += "?" + "&".join(r.choice(QUERIES) for _ in range(r.randrange(1, 4)))
        return path

    def request(self):
        r = self.random
        if r.random() < 0.08:
            return bytes(r.randrange(256) for _ in range(r.randrange(400)))
        method = r.choice(METHODS) if r.random() < 0.1 else r.choice(METHODS[:4])
        version = r.choice(["HTTP/1.1"] * 60 + ["HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "HTTP", ""])
        host = r.choice([f"{self.host}:{self.port}"] * 60 + ["evil.example", "", "[::1", "a:b:c"])
        lines = [f"{method} {self.path()} {version}", f"Host: {host}"]
        if self.options.token and r.random() < 0.6:
            lines.append(f"Authorization: Bearer {self.options.token}")
        if self.options.secret and r.random() < 0.4:
            lines.append(f"X-Catalog-Crawler-Secret: {self.options.secret}")
        lines += [self.header() for _ in range(r.choice([0, 0, 0, 0, 0, 1, 1, 2, 5, 150]))]
        body = b""
        if method not in ("GET", "HEAD") or r.random() < 0.1:
            body = r.choice(JSONS).encode("latin-1")
            if r.random() < 0.2:
                body = body[: len(body) // 2] + bytes(r.randrange(256) for _ in range(r.randrange(50)))
            kind = r.randrange(8)
            if kind < 5:
                lines.append(f"Content-Length: {len(body)}")
            elif kind == 5:
                lines.append(f"Content-Length: {len(body) + 10}")
            else:
                lines.append("Transfer-Encoding: chunked")
                pieces = [body[i:i + 700] for i in range(0, len(body), 700)]
                body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + r.choice([b"0\r\n\r\n", b"zz\r\n", b""])
            lines.append("Content-Type: application/json")
        end = r.choice(["\r\n"] * 60 + ["\n", "\r"])
        return end.join(lines).encode("latin-1", "replace") + (end * 2).encode() + body

    def send(self, data):
        """Sends a request, and gives the status of the first answer; None for none."""
        try:
            connection = self.connect()
        except OSError as error:
            self.faults.append(f"cannot connect: {error}")
            return None
        try:
            connection.sendall(data)
            # Whoever sends half a request waits for nothing: what comes shortly is what there is.
            connection.settimeout(0.2 if self.random.random() < 0.05 else 0.05)
            head = connection.recv(4096)
        except (OSError, ValueError):
            return None
        finally:
            try:
                connection.close()
            except OSError:
                pass
        parts = head.split(b" ", 2)
        if not head:
            return None
        if not head.startswith(b"HTTP/1.") or len(parts) < 2 or not parts[1].isdigit():
            self.faults.append(f"no HTTP: {head[:80]!r} to {data[:200]!r}")
            return None
        return int(parts[1])

    def is_well(self):
        data = f"GET /healthz HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nConnection: close\r\n\r\n".encode()
        connection = self.connect()
        connection.sendall(data)
        head = connection.recv(4096)
        connection.close()
        return b" 200 " in head.split(b"\r\n")[0] + b" "

    def memory(self):
        if not self.options.pid:
            return 0
        with open(f"/proc/{self.options.pid}/status") as file:
            return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmRSS"))

    def is_enough(self, number, seconds):
        if self.options.seconds:
            return seconds >= self.options.seconds
        return number >= self.options.requests

    def run(self):
        if not self.is_well():
            sys.exit("fuzz-api: /healthz does not answer 200")
        before, begin = self.memory(), time.time()
        number = 0
        while not self.is_enough(number, time.time() - begin):
            data = self.request()
            status = self.send(data)
            self.statuses[status] = self.statuses.get(status, 0) + 1
            # What the service does not do (501) and what it cannot do for now (503) are answers.
            if status is not None and status >= 500 and status not in (501, 503, 505):
                self.faults.append(f"{status} to {data[:300]!r}")
            number += 1
            if number % 500 == 0 and not self.is_well():
                self.faults.append(f"/healthz does not answer after {number} requests")
                break
        after = self.memory()
        print(f"fuzz-api: {number} requests in {time.time() - begin:.0f} s, statuses "
              + ", ".join(f"{key}: {self.statuses[key]}" for key in sorted(self.statuses, key=str)))
        if self.options.pid:
            print(f"fuzz-api: memory {before} MB before, {after} MB after")
            if after - before > 100:
                self.faults.append("memory has grown")
        if not self.is_well():
            self.faults.append("/healthz does not answer at the end")
        for fault in self.faults[:20]:
            print(f"fuzz-api: {fault}", file=sys.stderr)
        return 1 if self.faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--token", default=os.environ.get("FUZZ_TOKEN"))
    parser.add_argument("--secret", default=os.environ.get("FUZZ_SECRET"))
    parser.add_argument("--pid", type=int)
    parser.add_argument("base")
    sys.exit(Fuzzer(parser.parse_args()).run())


main()
