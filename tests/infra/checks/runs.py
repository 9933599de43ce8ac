"""What several checks say about runs."""

import json

from stack import run_id
from waiting import eventually

ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}


def the_run(stack, pipeline, beside=(), **attributes):
    """The one run of a pipeline with these attributes, beside those that were known before, once there is one."""
    known = {run["PK"] for run in beside}

    def look():
        return [run for run in stack.runs(pipeline) if run["PK"] not in known
                and all(run.get(name) == value for name, value in attributes.items())]

    runs = eventually(f"a run of {pipeline}", look)
    assert len(runs) == 1, f"{len(runs)} runs of {pipeline}: {runs}"
    return runs[0]


def ended(stack, run, status="SUCCEEDED"):
    """The run, once it has ended, as it must."""
    def look():
        found = [other for other in stack.runs(run["pipeline"]) if other["PK"] == run["PK"] and other["st"] in ENDED]
        return found and found[0]
    try:
        run = eventually("the end of a run", look)
    except AssertionError as error:
        raise AssertionError(f"{error}: {run['PK']}, with the stages {stack.stages(run_id(run))}") from None
    assert run["st"] == status, f"{run['PK']} is {run['st']}, and not {status}: {stack.stages(run_id(run))}"
    return run


def reaches(stack, run, stage, status):
    """The stage, once it has that status."""
    def look():
        found = stack.stages(run_id(run)).get(stage, {})
        return found if found.get("st") == status else None
    return eventually(f"stage {stage} is {status}", look)


def greeted(name):
    """The parameters of a run of `hello`, as the table has them."""
    return json.dumps({"name": name}, separators=(",", ":"))


def time_passes(stack, run, stage):
    """Puts what the table says of a stage a quarter of an hour into the past."""
    times = [name for name in ("at", "settle") if name in stack.stages(run_id(run))[stage]]
    to_the_past(stack, run, f"STAGE#{stage}", times)


def is_due(stack, run):
    """Makes a run due for the sweep."""
    to_the_past(stack, run, "RUN", ["watch_at"])


def to_the_past(stack, run, sort_key, times):
    stack.clients("dynamodb").update_item(
        TableName=stack.resource("Table"), Key={"PK": {"S": run["PK"]}, "SK": {"S": sort_key}},
        UpdateExpression="ADD " + ", ".join(f"#{name} :earlier" for name in times),
        ExpressionAttributeNames={f"#{name}": name for name in times}, ExpressionAttributeValues={":earlier": {"N": "-900000"}})


def jobs_of(stack, run):
    """The Batch jobs of a run, by name."""
    batch, found = stack.clients("batch"), {}
    for queue in stack.queue_names():
        pages = batch.get_paginator("list_jobs").paginate(
            jobQueue=queue, filters=[{"name": "JOB_NAME", "values": [f"bw-{run_id(run)}-*"]}])
        for page in pages:
            for job in page["jobSummaryList"]:
                found.setdefault(job["jobName"], []).append(job)
    return found
