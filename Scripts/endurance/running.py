"""The built programs, running for a check: a simulator of Azure DevOps and the service."""
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import threading
import time

TOKEN = "simulator-token"
SECRET = "secret-of-the-check-0001"


def fail(text):
    print(f"FAIL  {text}")
    return 1


def wait_for(what, condition, seconds=60):
    """Waits until a condition holds, and ends the check when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise SystemExit(f"FAIL  {what}: not within {seconds} s")


class Program:
    """A process that says on a line of its standard output where it listens."""

    def __init__(self, arguments, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=self.log, env={"PATH": os.environ["PATH"], "TZ": "UTC"})
        line = self.process.stdout.readline().decode()
        if "http://" not in line:
            self.process.kill()
            raise SystemExit(f"FAIL  {arguments[0]} did not start: {line}{open(log, errors='replace').read()}")
        self.host, port = line[line.index("http://") + 7:].strip().split(":")
        self.port = int(port)
        # What else it writes is of no interest, and must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def connect(self, timeout=30):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def get(self, path):
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks it to end, and gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed after 60 s"

    def memory(self):
        """What it holds in memory, in bytes; 0 where the system does not say (Linux does)."""
        try:
            with open(f"/proc/{self.process.pid}/status") as file:
                return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS")), 0)
        except OSError:
            return 0


class Running:
    """A simulator, and the service in a folder with settings and a database."""

    def __init__(self, programs, folder, repositories, more=""):
        self.programs, self.folder = programs, folder
        self.simulator = Program(
            [f"{programs}/azure-simulator", "--port", "0", "--repositories", str(repositories), "--projects", "5"],
            f"{folder}/simulator.log")
        self.database = f"{folder}/catalog.sqlite"
        with open(f"{folder}/app-config.yaml", "w") as file:
            file.write(f"""integrations:
  azure:
    - credentials:
        - {{organizations: [org1], personalAccessToken: {TOKEN}}}
crawler:
  listen: '127.0.0.1:0'
  endpoints: {{dev.azure.com: 'http://127.0.0.1:{self.simulator.port}'}}
{more}""")

    def serve(self):
        return Program(
            [f"{self.programs}/catalog-crawler", "serve", "--config", f"{self.folder}/app-config.yaml"],
            f"{self.folder}/service.log")

    def rows(self, sql):
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def items_asked(self):
        """How many files the simulator was asked for."""
        return json.loads(self.simulator.get("/__simulator/requests")[1])["byRoute"].get("items", 0)

    def sync(self, service):
        connection = service.connect()
        connection.request("POST", "/api/crawler/crawls", '{"command": "sync"}', {"Content-Type": "application/json"})
        assert connection.getresponse().status == 202
        wait_for("the first crawl", lambda: self.rows("SELECT 1 FROM crawl_request WHERE state = 'done'"), 120)
