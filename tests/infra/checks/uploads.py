"""Files that land in the inbox bucket, by its own notifications."""

import json

from checks.runs import ended, the_run
from checks.schedules import of_pipeline
from stack import run_id
from waiting import eventually

EXAMPLES = ["hello", "heartbeat", "csv-profile", "orders"]
OWN = ["slow", "steps", "landing", "fails", "clock", "elsewhere", "counts", "many", "labelled", "gathered"]


def registers_definitions(stack, repository):
    for folder, names in (repository / "pipelines", EXAMPLES), (repository / "tests/infra/pipelines", OWN):
        for name in names:
            stack.upload(f"pipelines/{name}.yaml", (folder / f"{name}.yaml").read_bytes())
    wanted = {f"PIPELINE#{name}" for name in EXAMPLES + OWN}

    def registered():
        rejections = stack.rejections()
        assert not rejections, rejections
        return wanted <= {item["PK"] for item in stack.items() if item["SK"] == "LATEST"}

    eventually("all definitions are registered", registered)


def a_new_version_replaces_the_old(stack, repository):
    """Triggers and schedules become those of the latest version: some go, some come, some stay."""
    old = stack.latest("clock")
    text = (repository / "tests/infra/pipelines/clock.yaml").read_text()
    stack.upload("pipelines/clock.yaml", text.replace("  - schedule: { rate: 2 hours }\n", "").replace("clock/old/", "clock/new/"))
    eventually("the new version is registered", lambda: stack.latest("clock")["version"] > old["version"])
    triggers = [item["prefix"] for item in stack.items() if item["PK"].startswith("TRIGGER#") and item["pipeline"] == "clock"]
    assert triggers == ["clock/new/"], triggers
    eventually("one schedule is left", lambda: [
        schedule["ScheduleExpression"] for schedule in of_pipeline(stack, "clock")] == ["rate(3 hours)"])


def one_that_is_gone_is_passed_over(stack, privileges):
    """A definition that is deleted before it is read: S3 must say so, and not that it is forbidden."""
    with stack.paused("OnUploadMapping"):
        stack.upload("pipelines/gone.yaml", b"pipeline: gone")
        stack.clients("s3").delete_object(Bucket=stack.resource("Inbox"), Key="pipelines/gone.yaml")
    eventually("S3 says that it is gone", lambda: [
        request for request in privileges.requests_of("on-upload") if request.path.endswith("gone.yaml") and request.status == 404])
    eventually("its event is handled", lambda: stack.messages("UploadQueue") == 0)
    assert not [item for item in stack.rejections() if "gone.yaml" in item["source"]], "it was rejected"


def gives_its_parameters(stack):
    """Key, metadata and tags are parameters; one that does not fit is kept as rejected."""
    s3, inbox = stack.clients("s3"), stack.resource("Inbox")
    put = lambda name, owner: s3.put_object(
        Bucket=inbox, Key=f"labelled/b7/{name}.csv", Body=b"1", Metadata={"Owner": owner}, Tagging="kind=night")
    put("a", "ada")
    run = ended(stack, the_run(stack, "labelled"))
    assert json.loads(run["params"]) == {"station": "b7", "owner": "ada", "kind": "night"}, run["params"]
    put("b", "nobody")
    rejected, = eventually("the other one is rejected", lambda: [
        item for item in stack.rejections() if item["source"].endswith("/labelled/b7/b.csv")])
    assert "parameter `owner`" in rejected["reason"], rejected


def are_gathered(stack):
    """Seven uploads are a few runs, each over a manifest, in which each upload is once."""
    keys = {f"gathered/{number}" for number in range(7)}
    with stack.paused("OnUploadMapping"):
        for key in sorted(keys):
            stack.upload(key, b"x")

    def listed():
        runs = stack.runs("gathered")
        manifests = [json.loads(run["trigger"])["manifest"] for run in runs]
        bodies = [stack.clients("s3").get_object(Bucket=of["bucket"], Key=of["key"])["Body"].read() for of in manifests]
        lines = [json.loads(line) for body in bodies for line in body.splitlines()]
        return (runs, lines) if {line["key"] for line in lines} == keys else None

    runs, lines = eventually("all are in a manifest", listed)
    assert len(lines) == len(keys), lines
    for run in runs:
        items = json.loads(ended(stack, run)["params"])["items"]
        assert 1 <= items <= 3, items


def runs_the_demo(stack, repository):
    stack.upload("profile/hurricanes.csv", (repository / "pipelines/data/hurricanes.csv").read_bytes())
    run = ended(stack, the_run(stack, "csv-profile"))
    stages = stack.stages(run_id(run))
    assert {name: stage["st"] for name, stage in stages.items()} == dict.fromkeys(
        ["split", "chunk", "correlate", "report"], "SUCCEEDED"), stages
    report = stack.clients("s3").get_object(Bucket=stack.resource("Inbox"), Key=f"results/{run_id(run)}/report.html")
    assert b"hurricanes.csv" in report["Body"].read(), "the report is not about the file"


def duplicates_start_nothing(stack):
    """The very notification that S3 sent, three times at once, and again when its run has ended."""
    sqs, queue = stack.clients("sqs"), stack.resource("UploadQueue")
    with stack.paused("OnUploadMapping"):
        stack.upload("landing/once.txt", b"once")
        message, = eventually("the notification", lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        for _ in range(3):
            sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
    ended(stack, the_run(stack, "landing"))
    before = stack.items()
    sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
    eventually("the duplicate is handled", lambda: stack.messages("UploadQueue") == 0)
    runs = stack.runs("landing")
    assert len(runs) == 1, f"{len(runs)} runs of one upload"
    after = [item for item in stack.items() if item["PK"] == runs[0]["PK"]]
    before = [item for item in before if item["PK"] == runs[0]["PK"]]
    # A look at the whole run may take it off the sweep's watch, which is one write.
    kept = lambda items: [{k: v for k, v in item.items() if k not in ("rev", "watch", "watch_at")} for item in items]
    assert kept(after) == kept(before), "the duplicate changed the run"
