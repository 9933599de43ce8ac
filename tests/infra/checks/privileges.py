"""Least privilege, both ways: every call that a function made is allowed, and all that is allowed was used.

IAM was on in the emulator all the while. This goes further: it judges what the emulator does not (Batch, roles that are passed, tags),
and finds what is allowed in vain.
"""

import hashlib
from collections import defaultdict
from functools import cached_property

import yaml

from calls import Call, calls_of
from emulator import JOBS
from policies import statements_of
from stack import FUNCTIONS

# What a service does in the name of a function's role, without a request of the function that one could see.
MAPPING = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"]
TRACES = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
# The actions that know no resource; all others must name one.
OF_NO_RESOURCE = {"batch:DescribeJobs", "batch:ListJobs", "batch:DescribeJobDefinitions", *TRACES}


class Privileges:
    """What the functions may do, and what they did."""

    def __init__(self, stack, emulator):
        self.stack, self.recorders = stack, [emulator.recorder, emulator.batch_recorder]
        configurations = {name: self.configuration(name) for name in FUNCTIONS}
        self.names = {access_key(of["FunctionArn"], of["Role"]): name for name, of in configurations.items()}

    @cached_property
    def allowed(self):
        """What each function is allowed, when all that is to be deployed is."""
        roles = {name: self.configuration(name)["Role"].rpartition("/")[2] for name in FUNCTIONS}
        return {name: statements_of(self.stack.clients("iam"), role) for name, role in roles.items()}

    def of_role(self, logical_id):
        return statements_of(self.stack.clients("iam"), self.stack.resource(logical_id))

    def configuration(self, name):
        return self.stack.clients("lambda").get_function_configuration(FunctionName=self.stack.function(name))

    def requests_of(self, function):
        return [request for recorder in self.recorders for request in list(recorder.requests)
                if self.names.get(request.access_key) == function]

    def calls_of(self, function):
        """All that a function asked for."""
        return [call for request in self.requests_of(function) for call in calls_of(request)]

    def done_for(self, function):
        """What Lambda does in its name."""
        client, name, configuration = self.stack.clients("lambda"), self.stack.function(function), self.configuration(function)
        mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        calls = [Call(action, mapping["EventSourceArn"]) for mapping in mappings for action in MAPPING]
        group = configuration["LoggingConfig"]["LogGroup"]
        calls += [Call(action, f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*") for action in LOGS]
        if configuration["TracingConfig"]["Mode"] == "Active":
            calls += [Call(action, "*") for action in TRACES]
        configs = client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
        destinations = [config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") for config in configs]
        return calls + [Call("sqs:SendMessage", destination) for destination in destinations if destination]


def access_key(function_arn, role_arn):
    """With which ministack lets a function sign."""
    return f"ASIA{hashlib.sha256(f'{function_arn}:{role_arn}'.encode()).hexdigest()[:16].upper()}"


def everyone_is_known(privileges):
    for function in FUNCTIONS:
        assert privileges.requests_of(function), f"no call of {function} was recorded"


def nothing_was_forbidden(privileges):
    """The emulator, which evaluates the policies itself, refused no function anything."""
    refused = {f"{function}: {request.answer.decode(errors='replace')}"
               for function in FUNCTIONS for request in privileges.requests_of(function)
               if request.status in (401, 403) or b"AccessDenied" in request.answer}
    assert not refused, "\n".join(sorted(refused))


def what_was_done_is_allowed(privileges):
    wrong = {f"{function}: {call} {' '.join(call.context)}" for function in FUNCTIONS
             for call in privileges.calls_of(function) + privileges.done_for(function)
             if not any(statement.allows(call) for statement in privileges.allowed[function])}
    assert not wrong, "not allowed:\n" + "\n".join(sorted(wrong))


def what_is_allowed_was_done(privileges, excuses_file):
    """Every action of every statement was used, or the file says why it is there all the same; and the file says no more."""
    excuses = yaml.safe_load(excuses_file.read_text())
    unused = defaultdict(set)
    for function in FUNCTIONS:
        calls = set(privileges.calls_of(function) + privileges.done_for(function))
        for statement in privileges.allowed[function]:
            for action in statement.actions:
                one = [call for call in calls if call.action == action and statement.allows(call)]
                if not one:
                    unused[function].add(f"{statement.sid}/{action}")
    excused = {function: {entry for reason in of_function for entry in reason["allowed"]}
               for function, of_function in excuses.items()}
    missing = [f"{function}: {entry}" for function in FUNCTIONS for entry in sorted(unused[function] - excused.get(function, set()))]
    vain = [f"{function}: {entry}" for function in excused for entry in sorted(excused[function] - unused[function])]
    assert not missing, "allowed, and not used:\n" + "\n".join(missing)
    assert not vain, f"used, or not allowed at all, but listed in {excuses_file.name}:\n" + "\n".join(vain)


def jobs_keep_to_their_role(privileges):
    """The jobs of the demo, which have the keys of the emulator's root user here, did nothing that the role of jobs does not allow."""
    allowed = privileges.of_role("JobRole")
    calls = {call for recorder in privileges.recorders for request in recorder.requests
             if request.access_key == JOBS["AWS_ACCESS_KEY_ID"] and request.service == "s3" for call in calls_of(request)}
    assert any(call.action == "s3:PutObject" for call in calls), "no job has written anything"
    wrong = [str(call) for call in calls if not any(statement.allows(call) for statement in allowed)]
    assert not wrong, "not allowed:\n" + "\n".join(sorted(wrong))


def schedules_need_their_role(privileges):
    """The role of the schedules allows what those that there are need, and nothing else."""
    stack, allowed = privileges.stack, privileges.of_role("ScheduleRole")
    scheduler, group = stack.clients("scheduler"), stack.resource("ScheduleGroup")
    needed = set()
    for schedule in scheduler.list_schedules(GroupName=group)["Schedules"]:
        target = scheduler.get_schedule(GroupName=group, Name=schedule["Name"])["Target"]
        needed |= {Call("lambda:InvokeFunction", target["Arn"]), Call("sqs:SendMessage", target["DeadLetterConfig"]["Arn"])}
    wrong = [str(call) for call in needed if not any(statement.allows(call) for statement in allowed)]
    assert not wrong, f"not allowed: {wrong}"
    granted = {Call(action, resource) for statement in allowed for action in statement.actions for resource in statement.resources}
    assert granted == needed, f"allowed in vain: {[str(call) for call in granted - needed]}"


def no_wildcards(privileges):
    """No action is a pattern, and a resource is left open only where the API knows none."""
    for function, statements in privileges.allowed.items():
        for statement in statements:
            assert not any("*" in action for action in statement.actions), f"{function}: {statement}"
            assert "*" not in statement.resources or set(statement.actions) <= OF_NO_RESOURCE, f"{function}: {statement}"
