#!/usr/bin/env python3
"""Sends malformed requests to the service, with the tokens and secrets that lead further.

Usage: Scripts/endurance/malformed.py BIN [--requests N | --seconds N]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

from running import SECRET, Running, fail

TOKEN = "token-of-the-check-0001"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seconds", type=int)
    options = parser.parse_args()
    much = ["--seconds", str(options.seconds)] if options.seconds else ["--requests", str(options.requests)]
    script = pathlib.Path(__file__).parent.parent / "fuzz-api.py"
    with tempfile.TemporaryDirectory() as folder:
        more = f"  webhooks: {{secret: {SECRET}}}\n"
        more += f"  api: {{tokens: [{{name: check, token: {TOKEN}, scope: admin}}]}}\n"
        running = Running(options.bin, folder, 40, more)
        service = running.serve()
        try:
            code = subprocess.run([
                sys.executable, script, *much, "--token", TOKEN, "--secret", SECRET,
                "--pid", str(service.process.pid), f"http://127.0.0.1:{service.port}"]).returncode
            failures = fail(f"malformed requests: {code}") if code else 0
            code = service.stop()
            if code != 0:
                failures += fail(f"the service ended with {code}")
        finally:
            service.kill()
            running.simulator.kill()
    if not failures:
        print("ok    malformed requests: no 5xx, still answering, no more memory")
    return failures


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
