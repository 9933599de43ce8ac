"""EventBridge Scheduler: the schedules that registrations make, and the sweep's own."""

import json
from datetime import datetime, timedelta, timezone

from checks.runs import ended, the_run
from waiting import eventually

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


def of_pipeline(stack, pipeline):
    """The schedules that the registration of a pipeline made."""
    scheduler, group = stack.clients("scheduler"), stack.resource("ScheduleGroup")
    names = [schedule["Name"] for schedule in scheduler.list_schedules(GroupName=group)["Schedules"]]
    schedules = [scheduler.get_schedule(GroupName=group, Name=name) for name in names if name.startswith("bw-")]
    return [schedule for schedule in schedules if json.loads(schedule["Target"]["Input"])["pipeline"] == pipeline]


def registering_makes_one(stack):
    schedule, = of_pipeline(stack, "heartbeat")
    target = schedule["Target"]
    assert schedule["ScheduleExpression"] == "rate(1 minute)" and schedule["State"] == "ENABLED", schedule
    assert target["Arn"].endswith(f":function:{stack.function('on-schedule')}"), target
    assert json.loads(target["Input"]) == {
        "pipeline": "heartbeat", "schedule": schedule["Name"], "scheduled_time": SCHEDULED_TIME, "params": {}}, target
    assert "DeadLetterConfig" in target, "a firing that cannot be delivered would be lost"


def fills_in_the_time(stack):
    """ministack fires schedules, but does not fill in what AWS fills in: the time is written into this one."""
    schedule, = of_pipeline(stack, "heartbeat")
    time = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:00Z")
    target = schedule["Target"] | {"Input": schedule["Target"]["Input"].replace(SCHEDULED_TIME, time)}
    stack.clients("scheduler").update_schedule(
        GroupName=schedule["GroupName"], Name=schedule["Name"], ScheduleExpression=schedule["ScheduleExpression"],
        FlexibleTimeWindow=schedule["FlexibleTimeWindow"], Target=target)


def fires(stack):
    """It starts one run, however often the same firing is delivered."""
    run = ended(stack, the_run(stack, "heartbeat"))
    fired, = of_pipeline(stack, "heartbeat")
    assert json.loads(run["trigger"])["schedule"]["name"] == fired["Name"], run
    stack.tell("on-schedule", json.loads(fired["Target"]["Input"]))
    eventually("the duplicate is handled", lambda: [
        other for other in stack.runs("heartbeat") if other["PK"] == run["PK"] and other["rev"] > run["rev"]])
    assert len(stack.runs("heartbeat")) == 1, "a duplicate started a run"


def one_left_behind_is_deleted(stack):
    """A schedule of a former version, which the latest does not list, starts nothing when it fires, and goes."""
    scheduler, group = stack.clients("scheduler"), stack.resource("ScheduleGroup")
    schedule, = of_pipeline(stack, "heartbeat")
    name = schedule["Name"].rpartition("-")[0] + "-leftbehind"
    past = datetime.now(timezone.utc) - timedelta(seconds=1)
    firing = {"pipeline": "heartbeat", "schedule": name, "scheduled_time": past.strftime("%Y-%m-%dT%H:%M:%SZ")}
    scheduler.create_schedule(
        GroupName=group, Name=name, ScheduleExpression=f"at({past:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow={"Mode": "OFF"},
        Target=schedule["Target"] | {"Input": json.dumps(firing)})
    eventually("the rejection", lambda: [item for item in stack.rejections() if name in item["source"]])
    names = [schedule["Name"] for schedule in scheduler.list_schedules(GroupName=group)["Schedules"]]
    assert name not in names, "it is there still"


def the_sweep_is_swept(stack, privileges):
    """By its own schedule: nothing here has invoked it."""
    eventually("the sweep reads its index", lambda: [
        call for call in privileges.calls_of("sweep") if call.action == "dynamodb:Query" and call.resource.endswith("/index/watch")])
