"""Jobs: cancelled, throttled, lost sight of, tried again."""

import json
import sys
from contextlib import contextmanager

from checks.runs import ended, greeted, is_due, jobs_of, reaches, the_run, time_passes
from programs import working_in
from stack import run_id
from waiting import eventually

THROTTLED = 429, [("Content-Type", "application/json"), ("x-amzn-errortype", "TooManyRequestsException")], b"{}"
FAULT = 500, [("Content-Type", "application/json"), ("x-amzn-errortype", "ServerException")], b"{}"


def name_of_submission(request):
    """The name of the job that a request submits, if it is such a request."""
    return json.loads(request.body)["jobName"] if request.path == "/v1/submitjob" else None


def a_cancel_leaves_none(stack, folder):
    run = slow_run(stack)
    stage = reaches(stack, run, "wait", "SUBMITTED")
    job = lambda: stack.clients("batch").describe_jobs(jobs=[stage["job"]])["jobs"][0]
    eventually("the job runs", lambda: job()["status"] == "RUNNING")
    assert working_in(folder / "batch/jobs"), "a job that runs has a process"
    cancel(stack, run)
    assert job()["status"] == "FAILED", job()
    assert {name: len(jobs) for name, jobs in jobs_of(stack, run).items()} == {f"bw-{run_id(run)}-wait-1": 1}
    eventually("no process is left", lambda: not working_in(folder / "batch/jobs"))


def a_retry_runs_what_failed(stack, folder):
    file = folder / "appears-later"
    stack.ask(action="run", pipeline="fails", params={"file": str(file)})
    run = ended(stack, the_run(stack, "fails"), "FAILED")
    file.touch()
    stack.ask(action="retry", run_id=run_id(run))
    eventually("it runs again", lambda: [other for other in stack.runs("fails") if other["epoch"] > run["epoch"]])
    run = ended(stack, run)
    assert sorted(jobs_of(stack, run)) == [f"bw-{run_id(run)}-look-{attempt}" for attempt in (1, 2)]


def outputs_are_handed_on(stack):
    """A stage's outputs decide whether the next one runs, and what with; without them it has failed."""
    for outputs, status, stages in (
        ('{"lines": 3}', "SUCCEEDED", ["SUCCEEDED", "SUCCEEDED", "SKIPPED"]),
        ('{"lines": 1}', "SUCCEEDED", ["SUCCEEDED", "SKIPPED", "SKIPPED"]),
        ("", "FAILED", ["FAILED", "SKIPPED", "SUCCEEDED"]),
    ):
        before = stack.runs("counts")
        stack.ask(action="run", pipeline="counts", params={"python": sys.executable, "outputs": outputs})
        run = ended(stack, the_run(stack, "counts", beside=before), status)
        written = stack.stages(run_id(run))
        assert [written[name]["st"] for name in ("count", "report", "alarm")] == stages, f"with {outputs!r}: {written}"
    assert written["count"]["ck"] == "outputs", written["count"]


def items_are_done_one_run_at_a_time(stack, folder):
    """A stage is done once for each item; the second run waits until the first has ended."""
    place, before = folder / "many", stack.runs("many")
    place.mkdir()
    for items in (["a", "b", "c"], ["d"]):
        stack.ask(action="run", pipeline="many", params={"python": sys.executable, "folder": str(place), "items": items})
    runs = eventually("two runs", lambda: [runs for runs in [[run for run in stack.runs("many") if run not in before]] if len(runs) == 2])
    for run in runs[0]:
        ended(stack, run)
    assert sorted(file.name for file in place.iterdir()) == [f"done-{item}" for item in "abcd"]


def throttled_ones_wait_their_turn(stack, emulator, privileges):
    """Batch throttles all submissions, whoever makes them, their turns in the lane too; then no more. Nothing is lost or doubled."""
    refused, is_busy = [], True

    def throttle(request, ask):
        name = name_of_submission(request)
        if not name or not is_busy:
            return ask()
        refused.append((privileges.names.get(request.access_key), name))
        return THROTTLED

    names, landed = [f"throttled {n}" for n in range(3)], stack.runs("landing")
    with emulator.batch_recorder.intercepting(throttle):
        for name in names:
            stack.ask(action="run", pipeline="hello", params={"name": name})
        stack.upload("landing/throttled.txt", b"throttled")
        stack.tell("on-schedule", {
            "pipeline": "hello", "schedule": "someones-own", "scheduled_time": "2026-11-24T06:00:00Z", "params": {"name": "scheduled"}})
        runs = [the_run(stack, "hello", params=greeted(name)) for name in names + ["scheduled"]]
        runs.append(the_run(stack, "landing", beside=landed))
        for run in runs:
            reaches(stack, run, "greet", "READY")
        eventually("turns are throttled too", lambda: "on-wake" in {function for function, _ in refused})
        stack.tell("sweep", {})
        eventually("the sweep wakes the lane", lambda: "sqs:SendMessage" in {call.action for call in privileges.calls_of("sweep")})
        is_busy = False
        for run in runs:
            ended(stack, run)
    assert {f"bw-{run_id(run)}-greet-1" for run in runs} <= {name for _, name in refused}, "one was not throttled"
    assert {"on-message", "on-upload", "on-schedule", "on-wake"} <= {function for function, _ in refused}, refused
    for run in runs:
        has_one_job(stack, run, "greet")


def a_lost_answer_makes_no_twin(stack, emulator):
    """The submission is executed, but its answer is lost: the job is found by its name."""
    with one_submission(emulator, lambda ask: (ask(), FAULT)[1]):
        run = claimed(stack, slow_run(stack))
    stack.wake(run_id=run_id(run), stage="wait")
    stage = reaches(stack, run, "wait", "SUBMITTED")
    assert has_one_job(stack, run, "wait") == stage["job"], "another job was recorded"
    cancel(stack, run)


def a_lost_request_is_sent_again(stack, emulator):
    """The submission is not executed, which nobody is told: the sweep finds no job, and submits one."""
    with one_submission(emulator, lambda ask: FAULT):
        run = claimed(stack, slow_run(stack))
    is_due(stack, run)
    stack.tell("sweep", {})
    stage = reaches(stack, run, "wait", "SUBMITTED")
    assert has_one_job(stack, run, "wait") == stage["job"] and stage["looks"], stage
    cancel(stack, run)


def a_cancel_finds_a_job_nobody_knows(stack, emulator):
    """The answer to a submission is lost, and then the run is cancelled: the job is found by its name, and terminated."""
    with one_submission(emulator, lambda ask: (ask(), FAULT)[1]):
        run = slow_run(stack)
        reaches(stack, run, "wait", "CLAIMED")
        stack.ask(action="cancel", run_id=run_id(run))
        reaches(stack, run, "wait", "CANCELLING")
    time_passes(stack, run, "wait")
    stack.wake(run_id=run_id(run), stage="wait")
    ended(stack, run, "CANCELLED")
    job = has_one_job(stack, run, "wait")
    assert stack.clients("batch").describe_jobs(jobs=[job])["jobs"][0]["status"] == "FAILED"


def a_lost_event_is_asked_for(stack, emulator):
    """The events of jobs that have ended never come. The sweep asks Batch, and so does a wake-up."""
    path = f"/functions/{stack.function('on-job-change')}/invocations"
    lose = lambda request, ask: (202, [], b"") if request.path.endswith(path) else ask()
    runs = []
    with emulator.recorder.intercepting(lose):
        for name in "asked for by the sweep", "asked for by a wake-up":
            stack.ask(action="run", pipeline="hello", params={"name": name})
            runs.append(the_run(stack, "hello", params=greeted(name)))
            job = reaches(stack, runs[-1], "greet", "SUBMITTED")["job"]
            eventually("its event is lost", lambda: [
                request for request in emulator.recorder.requests if request.path.endswith(path) and job.encode() in request.body])
            time_passes(stack, runs[-1], "greet")
    is_due(stack, runs[0])
    stack.tell("sweep", {})
    stack.wake(run_id=run_id(runs[1]))
    for run in runs:
        ended(stack, run)


def slow_run(stack):
    """One more run whose job takes longer than anyone waits."""
    before = stack.runs("slow")
    stack.ask(action="run", pipeline="slow")
    return the_run(stack, "slow", beside=before)


def claimed(stack, run):
    """The run, when its claim is so old that it can be settled."""
    reaches(stack, run, "wait", "CLAIMED")
    time_passes(stack, run, "wait")
    return run


def cancel(stack, run):
    stack.ask(action="cancel", run_id=run_id(run))
    ended(stack, run, "CANCELLED")


def has_one_job(stack, run, stage):
    """The id of the one job that there is for a stage."""
    jobs = jobs_of(stack, run)
    assert {name: len(of_name) for name, of_name in jobs.items()} == {f"bw-{run_id(run)}-{stage}-1": 1}, jobs
    return jobs[f"bw-{run_id(run)}-{stage}-1"][0]["jobId"]


@contextmanager
def one_submission(emulator, answer):
    """Within, the first submission is answered in another way."""
    met = []

    def intercept(request, ask):
        if met or not name_of_submission(request):
            return ask()
        met.append(request)
        return answer(ask)

    with emulator.batch_recorder.intercepting(intercept):
        yield
