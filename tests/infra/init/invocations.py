"""What an invocation costs: the CPU time and the memory of `on-message` that admits a run, claims its first stage, submits its job and
records it, against the services of `batchwright up`. Lambda gives a function CPU time in proportion to its memory, a whole processor at 1,769 MiB
(Lambda's developer guide, "Configure Lambda function memory"), so this is what its memory is chosen by.

    python tests/infra/init/invocations.py target/lambda target/debug/batchwright [--invocations 200]

Lambda's Runtime API is played by this process. The services speak HTTP here; on AWS the TLS handshakes of the first invocation come on top.
"""

import argparse
import copy
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

from measure import environment, unpacked
from programs import Program, free_port
from waiting import eventually

PROJECT = Path(__file__).parents[3]
EVENT = PROJECT / "events" / "on-message" / "valid-run.json"
TICKS = os.sysconf("SC_CLK_TCK")
WHOLE_PROCESSOR_MIB = 1769
SIZES_MIB = [128, 256, 512]


class RuntimeApi(BaseHTTPRequestHandler):
    """Gives one event after the other, and knows which were answered."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        given = self.server.given = self.server.given + 1
        # The first is not measured: it opens the connections.
        if given in (2, self.server.invocations + 2):
            self.server.spent.append(self.server.cpu_s())
        if given == self.server.invocations + 2:
            self.server.done.wait()
            return
        body = event(given)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"request-{given}")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + 60) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:on-message")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        answer = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append((self.path, answer))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if len(self.server.answers) > self.server.invocations:
            self.server.answered.set()

    def log_message(self, *_):
        pass


def event(number):
    """The file of `events/`, as a message of its own."""
    given = json.loads(EVENT.read_text())
    message = copy.deepcopy(given["Records"][0])
    message["messageId"] = f"message-{number}"
    return json.dumps({"Records": [message]}).encode()


def of_process(pid):
    """Its CPU time in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def most_resident_mib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def laptop(batchwright, folder):
    """A server with the pipeline that the event is for; and its endpoint."""
    port = free_port()
    variables = {"PATH": os.environ["PATH"], "BATCHWRIGHT_DATA_DIR": str(folder / "data")}
    server = Program([batchwright, "up", "--port", str(port)], variables, folder / "up.log", stdout=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    register = [batchwright, "register", PROJECT / "pipelines" / "hello.yaml", "--endpoint", endpoint]

    def registered():
        return subprocess.run(register, env=variables, capture_output=True).returncode == 0

    try:
        eventually("the pipeline is registered", registered)
    except AssertionError:
        server.stop()
        raise
    return server, endpoint


def function_environment(endpoint, runtime_api):
    lines = (PROJECT / "events" / "laptop.env").read_text().splitlines()
    settings = dict(line.replace("http://127.0.0.1:4510", endpoint).split("=", 1) for line in lines)
    return environment(runtime_api) | settings | {"AWS_LAMBDA_RUNTIME_API": runtime_api}


def measured(command, endpoint, invocations, log):
    """CPU seconds an invocation, and the most memory resident."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.invocations, server.given, server.answers, server.spent = invocations, 0, [], []
    server.answered, server.done = threading.Event(), threading.Event()
    variables = function_environment(endpoint, f"127.0.0.1:{server.server_port}")
    function = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    server.cpu_s = lambda: of_process(function.pid)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        if not server.answered.wait(300):
            raise RuntimeError(f"{len(server.answers)} of {invocations} invocations were answered")
        eventually("the function asks for more", lambda: len(server.spent) == 2)
        refused = [answer for path, answer in server.answers if b"itemIdentifier" in answer or not path.endswith("/response")]
        if refused:
            raise RuntimeError(f"not all went well: {refused[:1]}")
        return (server.spent[1] - server.spent[0]) / invocations, most_resident_mib(function.pid)
    finally:
        function.kill()
        function.wait()
        server.done.set()
        server.shutdown()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("zips", type=Path)
    parser.add_argument("batchwright", type=Path)
    parser.add_argument("--invocations", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = unpacked(arguments.zips, "on-message", folder)
        server, endpoint = laptop(arguments.batchwright.resolve(), folder)
        try:
            with (folder / "function.log").open("wb") as log:
                cpu_s, mib = measured(command, endpoint, arguments.invocations, log)
        finally:
            server.stop()
    print(f"an invocation that starts a run takes {cpu_s * 1000:.1f} ms of CPU time, and at most {mib:.0f} MiB")
    for size in SIZES_MIB:
        print(f"at {size:>4} MiB that is {cpu_s * 1000 * WHOLE_PROCESSOR_MIB / size:>5.0f} ms")


if __name__ == "__main__":
    main()
