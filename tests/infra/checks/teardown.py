"""infra/teardown.sh: what goes, and what is kept."""

from botocore.exceptions import ClientError


def keeps_the_data(stack):
    """Schedules and job definitions that were made at run time go with the stack; the table and the inbox stay."""
    table, bucket, work, group = (stack.resource(name) for name in ("Table", "Inbox", "Work", "ScheduleGroup"))
    definitions = lambda: stack.clients("batch").describe_job_definitions(status="ACTIVE")["jobDefinitions"]
    runs = len(stack.runs())
    assert runs and definitions(), "there is nothing to keep, or nothing to take away"
    told = stack.script("teardown.sh", stack.name)
    assert all(kept in told for kept in (table, bucket, work)), f"what is kept is not named: {told}"
    assert not definitions(), "job definitions are left"
    try:
        stacks = stack.clients("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
        assert [one["StackStatus"] for one in stacks] == ["DELETE_COMPLETE"], stacks
    except ClientError as error:
        assert "does not exist" in str(error), error
    groups = [one["Name"] for one in stack.clients("scheduler").list_schedule_groups()["ScheduleGroups"]]
    assert group not in groups, "the schedule group is left"
    assert len(stack.runs()) == runs, "the table has lost something"
    stack.clients("s3").head_object(Bucket=bucket, Key="profile/hurricanes.csv")
