"""An update of the stack while runs are in flight."""

import threading
import time
from datetime import datetime

from checks.runs import ENDED, ended, jobs_of, time_passes
from stack import FUNCTIONS, run_id
from waiting import eventually

# How often a run is asked for.
EVERY_S = 0.5
# For so long a claimant may send its request, which the emulator's answers then.
LEASE_MS = 20_000


def loses_no_run(stack):
    """Every function is replaced by another package and another size of memory, while requests come in and jobs end."""
    stop, asked = threading.Event(), []

    def keep_asking():
        while not stop.is_set():
            asked.append(stack.ask(action="run", pipeline="steps"))
            stop.wait(EVERY_S)

    producer = threading.Thread(target=keep_asking)
    producer.start()
    try:
        eventually("a run is under way", lambda: [run for run in stack.runs("steps") if "first" in stack.stages(run_id(run))])
        before = made_of(stack)
        for function in FUNCTIONS:
            stack.change(function)
        stack.deploy(MemorySize="512")
        after = made_of(stack)
    finally:
        stop.set()
        producer.join()
    assert all(before[name][:2] != after[name][:2] for name in FUNCTIONS), "the functions are the same as before"
    runs = eventually("all runs are admitted", lambda: len(stack.runs("steps")) == len(asked) and stack.runs("steps"))
    eventually("all runs end", lambda: all_ended(stack))
    for run in runs:
        ended(stack, run)
        names = {name: len(jobs) for name, jobs in jobs_of(stack, run).items()}
        assert names == {f"bw-{run_id(run)}-{stage}-1": 1 for stage in ("first", "second", "third")}, names


    ended_at = {run["PK"]: run["ended"] for run in stack.runs("steps")}
    for name in FUNCTIONS:
        replaced = after[name][2]
        assert any(run["created"] < replaced < ended_at[run["PK"]] for run in runs), f"no run was in flight when {name} was replaced"


def all_ended(stack):
    """Whether all have ended. ministack, unlike AWS, ends what is under way when a function is replaced. A claim that is left
    over so is settled when no request of it can be in flight, which is made to be now."""
    runs = [run for run in stack.runs("steps") if run["st"] not in ENDED]
    for run in runs:
        for name, stage in stack.stages(run_id(run)).items():
            if stage["st"] == "CLAIMED" and time.time() * 1000 - stage["at"] > LEASE_MS:
                time_passes(stack, run, name)
                stack.wake(run_id=run_id(run), stage=name)
    return not runs


def made_of(stack):
    """What each function is made of, and since when, in milliseconds since the epoch."""
    found = {}
    for name in FUNCTIONS:
        configuration = stack.clients("lambda").get_function_configuration(FunctionName=stack.function(name))
        since = datetime.fromisoformat(configuration["LastModified"].replace("+0000", "+00:00")).timestamp() * 1000
        found[name] = configuration["CodeSha256"], configuration["MemorySize"], since
    return found
