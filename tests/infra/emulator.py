"""ministack, with IAM on, and our Batch engine beside it; a recorder before each."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

from programs import Program, free_port
from recorder import Recorder
from waiting import eventually

REGION = "us-east-1"
# The emulator's root user has two keys. The engine gives this one to its jobs,
JOBS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
# and this one is ours.
ROOT = JOBS | {"AWS_ACCESS_KEY_ID": "test"}
ATTEMPTS = 3


class Emulator:
    """AWS, save Batch."""

    def __init__(self, folder):
        self.folder = folder
        self.recorder, self.batch_recorder = Recorder(), Recorder()
        self.program = None
        (folder / "tmp").mkdir()
        # A free port may be taken before it is used.
        for _ in range(ATTEMPTS):
            self.port = self.recorder.upstream = free_port()
            command = [Path(sys.executable).with_name("ministack")]
            self.program = Program(
                command, self.environment(), folder / "ministack.log", stdout=subprocess.DEVNULL, cwd=folder)
            if eventually("ministack answers, or ends", self.is_up_or_over) == "up":
                return
        raise AssertionError(f"ministack does not start:\n{self.program.last_words()}")

    def environment(self):
        """Every function inherits it, so that it finds AWS at one recorder, and Batch at the other."""
        return JOBS | {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "AWS_ENDPOINT_URL": self.recorder.url,
            "AWS_ENDPOINT_URL_BATCH": self.batch_recorder.url,
            # Lambda waits a minute before it tries an asynchronous invocation again.
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PYTHONUNBUFFERED": "1",
        }

    def is_up_or_over(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_ministack/health", timeout=5).close()
            return "up"
        except (urllib.error.URLError, OSError):
            return "over" if self.program.has_ended() else None

    def client_environment(self):
        """For boto3 and the aws CLI, as the root user."""
        return ROOT | {
            "AWS_ENDPOINT_URL": self.recorder.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "",
        }

    def client(self, service):
        recorder = self.batch_recorder if service == "batch" else self.recorder
        return boto3.client(
            service, endpoint_url=recorder.url, region_name=REGION, aws_access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"], config=Config(retries={"total_max_attempts": 1}))

    def stop(self):
        if self.program:
            self.program.stop()
        self.recorder.stop()
        self.batch_recorder.stop()


class Engine:
    """Batch."""

    def __init__(self, emulator, binaries, job_queues, pattern, function):
        folder = emulator.folder / "batch"
        folder.mkdir()
        (folder / "pattern.json").write_text(pattern)
        environment = {"PATH": f"{binaries}:{os.environ['PATH']}", "HOME": str(emulator.folder)}
        command = [
            binaries / "batch-engine", "--folder", folder, "--job-queues", job_queues, "--pattern", folder / "pattern.json",
            "--emulator", f"127.0.0.1:{emulator.recorder.port}", "--function", function]
        self.program = Program(command, environment, emulator.folder / "batch-engine.log", stdout=subprocess.PIPE, text=True)
        line = self.program.process.stdout.readline()
        assert "listens at" in line, f"batch-engine does not start:\n{self.program.last_words()}"
        emulator.batch_recorder.upstream = int(line.strip().rpartition(":")[2])

    def stop(self):
        self.program.stop()
        self.program.process.stdout.close()
