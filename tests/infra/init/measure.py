"""How long each function takes from the start of its process to its first call of `/runtime/invocation/next`, and how much memory
it has then, beside a Python handler with boto3 and the same four clients.

    python tests/infra/init/measure.py target/lambda [--rounds 15]

Lambda's Runtime API is played by this process. All are started in turn, round after round, so that a busy machine slows all alike, and
of each the fastest start counts, which the machine disturbed least. The goals are 40 times as fast as Python, and 12 MiB. It fails if one
is not 30 times as fast, which no disturbance explains, or holds more.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

FUNCTIONS = ["on-upload", "on-message", "on-schedule", "on-job-change", "on-wake", "sweep"]
PYTHON = "Python with boto3"
TIMES_FASTER = 30
RESIDENT_MIB = 12
DEADLINE_S = 60


def environment(runtime_api):
    """What Lambda and the stack's template set. Nothing is called during init, so that the names need not exist."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": "measured",
        "AWS_LAMBDA_LOG_STREAM_NAME": "measured",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "measured",
        "AWS_SECRET_ACCESS_KEY": "measured",
        "AWS_SESSION_TOKEN": "measured",
        "BATCHWRIGHT_TABLE": "measured",
        "BATCHWRIGHT_INBOX_BUCKET": "measured",
        "BATCHWRIGHT_WORK_BUCKET": "measured",
        "BATCHWRIGHT_WAKE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/wake",
        "BATCHWRIGHT_REQUEST_QUEUE": "requests",
        "BATCHWRIGHT_JOB_QUEUES": "fargate=measured",
        "BATCHWRIGHT_SCHEDULE_GROUP": "measured",
        "BATCHWRIGHT_SCHEDULE_FUNCTION_ARN": "arn:aws:lambda:us-east-1:123456789012:function:on-schedule",
        "BATCHWRIGHT_SCHEDULE_ROLE_ARN": "arn:aws:iam::123456789012:role/schedules",
    }


def resident_mib(pid):
    """VmRSS of a process, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def init(command, folder):
    """One start: the time in milliseconds until it asks for its first event, and its resident memory then."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        variables = environment(f"127.0.0.1:{server.getsockname()[1]}")
        connection, started = None, time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL)
        try:
            server.settimeout(DEADLINE_S)
            connection, _ = server.accept()
            connection.settimeout(DEADLINE_S)
            request = connection.recv(4096)
            took = (time.monotonic() - started) * 1000
            if not request.startswith(b"GET /2018-06-01/runtime/invocation/next"):
                raise RuntimeError(f"{command} asked for {request.splitlines()[:1]}")
            return took, resident_mib(process.pid)
        finally:
            # Before the connection is closed, of which it would complain.
            process.kill()
            process.wait()
            if connection:
                connection.close()


def unpacked(zips, function, folder):
    """The bootstrap of a function, from its zip."""
    with zipfile.ZipFile(zips / function / "bootstrap.zip") as archive:
        archive.extract("bootstrap", folder / function)
    bootstrap = folder / function / "bootstrap"
    bootstrap.chmod(0o755)
    return [str(bootstrap)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("zips", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        commands = {name: unpacked(arguments.zips, name, Path(folder)) for name in FUNCTIONS}
        commands[PYTHON] = [sys.executable, "-m", "awslambdaric", "handler.handler"]
        measured = {name: [] for name in commands}
        for round in range(arguments.rounds + 1):
            for name, command in commands.items():
                figures = init(command, Path(__file__).parent)
                # The first round fills the page cache.
                if round > 0:
                    measured[name].append(figures)
    return report(measured)


def report(measured):
    """Prints the fastest starts. 1 if a goal is missed."""
    fastest = {name: min(figures) for name, figures in measured.items()}
    python = fastest.pop(PYTHON)
    missed = []
    print(f"{'init, fastest of ' + str(len(measured[PYTHON])):<24} {'ms':>8} {'MiB':>8} {'faster':>8}")
    for name, (ms, mib) in fastest.items():
        print(f"{name:<24} {ms:>8.1f} {mib:>8.1f} {python[0] / ms:>7.0f}x")
        if python[0] / ms < TIMES_FASTER or mib > RESIDENT_MIB:
            missed.append(name)
    print(f"{PYTHON:<24} {python[0]:>8.1f} {python[1]:>8.1f}")
    for name in missed:
        print(f"{name}: not {TIMES_FASTER} times as fast as Python, or more than {RESIDENT_MIB} MiB", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
