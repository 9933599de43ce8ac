"""Messages: requests of people and producers, good, bad, and such as nobody can handle."""

import json

from checks.runs import ended, greeted, the_run
from stack import SOURCES
from waiting import eventually

# Of the right form; the job of events/on-job-change/bad-unknown-run.json is this run's.
BROKEN_RUN = "moblhteicqjlo674v3wqeyab"


def broken_items(stack):
    """Items that no program of ours has written: whatever is about them fails, again and again."""
    run = {"PK": f"RUN#{BROKEN_RUN}", "SK": "RUN", "watch": "00", "watch_at": 1}
    trigger = {"PK": f"TRIGGER#s3:{stack.resource('Inbox')}", "SK": "broken#", "prefix": "broken/", "suffix": "", "pipeline": "broken"}
    return run, trigger, {"PK": "PIPELINE#broken", "SK": "LATEST"}


def breaks_something(stack):
    typed = lambda value: {"N": str(value)} if isinstance(value, int) else {"S": value}
    for item in broken_items(stack):
        stack.clients("dynamodb").put_item(
            TableName=stack.resource("Table"), Item={name: typed(value) for name, value in item.items()})


def mends_it(stack):
    for item in broken_items(stack):
        stack.clients("dynamodb").delete_item(
            TableName=stack.resource("Table"), Key={name: {"S": item[name]} for name in ("PK", "SK")})


def a_bad_one_keeps_nine(stack):
    """Ten messages in one batch. One cannot be handled; the nine others have their runs, and are not delivered again."""
    names = [f"guest {n}" for n in range(9)]
    with stack.paused("OnMessageMapping"):
        bodies = [{"action": "run", "pipeline": "hello", "params": {"name": name}} for name in names]
        bodies.insert(4, {"action": "cancel", "run_id": BROKEN_RUN})
        stack.clients("sqs").send_message_batch(QueueUrl=stack.resource("RequestQueue"), Entries=[
            {"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies)])
    for name in names:
        ended(stack, the_run(stack, "hello", params=greeted(name)))
    there = stack.messages("RequestQueue") + stack.messages("RequestDeadLetters")
    assert there == 1, f"the bad message alone should be there still, and not {there}"


def it_blocks_nothing(stack):
    """While the bad one comes back again and again, others are handled."""
    stack.ask(action="run", pipeline="hello", dedupe_key="meanwhile", params={"name": "meanwhile"})
    ended(stack, the_run(stack, "hello", params=greeted("meanwhile")))


def malformed_ones_are_kept_as_rejected(stack):
    message = stack.ask(action="run", pipeline="helo")
    source = f"sqs://{stack.resource('RequestQueue').rpartition('/')[2]}/{message}"
    rejection, = eventually("the rejection", lambda: [item for item in stack.rejections() if item["source"] == source])
    assert "helo" in rejection["reason"], rejection


def what_nobody_can_handle(stack, repository):
    """Hands in by every door what cannot be handled; by that for requests a batch of messages has it already."""
    stack.upload("broken/file", b"")
    stack.wake(run_id=BROKEN_RUN)
    stack.tell("on-job-change", json.loads((repository / "events/on-job-change/bad-unknown-run.json").read_text()))
    stack.tell("on-schedule", {"pipeline": "broken", "schedule": "someones-own", "scheduled_time": "2026-11-24T06:00:00Z"})
    stack.tell("sweep", {"broken": True})


def it_ends_in_dead_letters(stack):
    """Behind every door is a queue for it, and nothing is left in front of it."""
    expected = {"Upload": "broken/file", "Request": BROKEN_RUN, "Wake": BROKEN_RUN, "JobChange": BROKEN_RUN,
                "Schedule": "someones-own", "Sweep": "broken"}
    for door, content in expected.items():
        letters = eventually(f"a message in {door}DeadLetters", lambda: stack.dead_letters(f"{door}DeadLetters"))
        assert len(letters) == 1 and content in letters[0]["Body"], f"{door}DeadLetters: {letters}"
    for queue in SOURCES:
        eventually(f"{queue} is empty", lambda: stack.messages(queue) == 0)


def no_other_dead_letters(stack):
    """Nothing but what was broken on purpose went astray, in all that was done here."""
    for queue in ["Upload", "Request", "Wake", "JobChange", "Schedule", "Sweep"]:
        letters = stack.dead_letters(f"{queue}DeadLetters")
        assert not letters, f"{queue}DeadLetters: {letters}"
