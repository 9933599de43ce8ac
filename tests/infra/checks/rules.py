"""The rules' own patterns, on the files of events/on-job-change."""

import json

# Which jobs are whose is told by their names as far as EventBridge can see; the function looks closer.
JOB_CHANGES_NOT = {
    "bad-job-of-a-stranger",
    "bad-missing-detail", "bad-missing-job-name", "bad-missing-status", "bad-unknown-status", "bad-other-detail-type",
    "bad-queue-blocked-by-a-stranger", "valid-queue-blocked", "valid-queue-blocked-without-reason",
    "valid-array-child", "valid-node-of-several", "valid-runnable", "valid-running"}
BLOCKED = {"valid-queue-blocked", "valid-queue-blocked-without-reason"}
THEIRS, OURS = "us-east-1:123456789012:job-queue/batchwright-", "us-east-1:000000000000:job-queue/verify-"


def match(stack, repository, rule, expected):
    """A rule matches the expected files, and no other."""
    files = {file.stem: file.read_text() for file in sorted((repository / "events/on-job-change").glob("*.json"))}
    events, pattern = stack.clients("events"), stack.pattern(rule)
    matched = {name for name, event in files.items() if events.test_event_pattern(
        EventPattern=pattern, Event=as_ours(event))["Result"]}
    expected = expected if expected == BLOCKED else set(files) - JOB_CHANGES_NOT
    assert expected <= set(files), f"there is no {expected - set(files)}"
    assert matched == expected, f"matched and should not: {matched - expected}; should and did not: {expected - matched}"


def as_ours(event):
    """The event, of the job queues of this stack. What EventBridge adds to every event, and a file may lack, is added."""
    content = {"id": "0", "source": "", "account": "", "time": "2026-11-24T06:00:42Z", "region": "us-east-1", "resources": [],
               "detail-type": "", "detail": {}} | json.loads(event.replace(THEIRS, OURS))
    return json.dumps(content)


def job_changes(stack, repository):
    match(stack, repository, "JobChangeRule", None)


def queue_blocked(stack, repository):
    match(stack, repository, "JobQueueBlockedRule", BLOCKED)
