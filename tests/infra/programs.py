"""The programs of a verification: each in a process group of its own, and gone at the end."""

import os
import signal
import socket
import subprocess
from pathlib import Path

GRACE_S = 20


class Program:
    """A program that runs, with its output in a file."""

    def __init__(self, command, environment, log, **options):
        self.log = Path(log)
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=self.log.open("ab"), start_new_session=True, **options)

    def has_ended(self):
        return self.process.poll() is not None

    def last_words(self, lines=20):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self):
        """Asks it to end, and makes the rest of its group end."""
        if not self.has_ended():
            self.process.terminate()
            try:
                self.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def working_in(folder):
    """The processes whose working directory is the folder or in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve(strict=True).is_relative_to(folder):
                found.append(int(process.name))
        except OSError:
            continue  # it has ended, or is not ours
    return found


def end_all_in(folder):
    """Ends what is left in the folder, and says how many that were."""
    left = [process for process in working_in(folder) if process != os.getpid()]
    for process in left:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(left)
