"""The command line, which finds the stack by its name, and works with it as with the laptop."""

import json
import os
import subprocess

from checks.runs import ended, reaches
from waiting import eventually


class CommandLine:
    """The `batchwright` binary, meant for the stack."""

    def __init__(self, stack, binaries):
        self.binary = binaries / "batchwright"
        self.environment = stack.emulator.client_environment() | {
            "PATH": os.environ["PATH"], "HOME": str(stack.emulator.folder), "BATCHWRIGHT_STACK": stack.name, "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_BATCH": stack.emulator.batch_recorder.url}

    def __call__(self, *arguments, status=0, **environment):
        done = subprocess.run(
            [self.binary, *arguments], env=self.environment | environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"batchwright {arguments} ended with {done.returncode}: {done.stderr}"
        return done.stdout


def works_with_the_stack(stack, binaries, repository):
    batchwright = CommandLine(stack, binaries)
    batchwright("register", repository / "pipelines/hello.yaml")
    batchwright("run", "hello", "--param", "name=Ada", "--wait")
    latest = json.loads(batchwright("ps", "--pipeline", "hello", "--limit", "1", "--json"))[0]
    assert latest["status"] == "SUCCEEDED", latest
    shown = json.loads(batchwright("show", latest["run_id"], "--json"))
    assert [stage["status"] for stage in shown["stages"]] == ["SUCCEEDED"], shown

    run_id = batchwright("run", "slow").strip()
    run, = eventually("the run", lambda: [run for run in stack.runs("slow") if run["PK"] == f"RUN#{run_id}"])
    reaches(stack, run, "wait", "SUBMITTED")
    batchwright("cancel", run_id)
    ended(stack, run, "CANCELLED")
    batchwright("retry", run_id)
    eventually("it runs again", lambda: [run for run in stack.runs("slow") if run["PK"] == f"RUN#{run_id}" and run["st"] == "RUNNING"])
    batchwright("cancel", run_id)
    ended(stack, run, "CANCELLED")

    batchwright("run", "helo", status=4)
    assert "helo" in batchwright("rejected"), "the rejected message is not listed"
    batchwright("ps", status=4, BATCHWRIGHT_STACK="no-such-stack")


def prints_logs(stack, binaries):
    """What a job wrote, from CloudWatch Logs, where Batch has put it."""
    batchwright, logs = CommandLine(stack, binaries), stack.clients("logs")
    run_id = json.loads(batchwright("ps", "--pipeline", "hello", "--limit", "1", "--json"))[0]["run_id"]
    job = stack.stages(run_id)["greet"]["job"]
    container = stack.clients("batch").describe_jobs(jobs=[job])["jobs"][0]["container"]
    group, stream = stack.output("JobLogGroup"), container["logStreamName"]
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[
        {"timestamp": int(stack.stages(run_id)["greet"]["at"]), "message": message} for message in ("hello", "Ada")])
    assert batchwright("logs", run_id, "greet") == "hello\nAda\n"
