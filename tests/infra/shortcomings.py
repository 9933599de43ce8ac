"""What the emulator gets wrong is put right here, and what takes too long for a verification is made short. Nothing else is."""

import json
import time

# The policy that makes up for an error of the emulator, and is none of the stack.
FOR_THE_EMULATOR = "for-the-emulator"
# What a message that could not be handled stays hidden for: six minutes on AWS.
HIDDEN_S = 4


def make_up_for(stack):
    """After each deployment."""
    hide_briefly(stack)
    count_in_numbers(stack)
    allow_default_schedules(stack)


def hide_briefly(stack):
    for queue in "UploadQueue", "RequestQueue", "WakeQueue":
        stack.clients("sqs").set_queue_attributes(
            QueueUrl=stack.resource(queue), Attributes={"VisibilityTimeout": str(HIDDEN_S)})


def count_in_numbers(stack):
    """ministack takes the number of a parameter for a text, and then polls no queue after that mapping's."""
    client = stack.clients("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        if limit := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
            client.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(limit)})


def allow_default_schedules(stack):
    """ministack asks IAM for schedules of the group `default` whatever their group is. Our own check of the policies does not."""
    statement = {"Effect": "Allow", "Action": "scheduler:*", "Resource": "arn:aws:scheduler:*:*:schedule/default/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for role in "OnUploadRole", "OnScheduleRole":
        stack.clients("iam").put_role_policy(
            RoleName=stack.resource(role), PolicyName=FOR_THE_EMULATOR, PolicyDocument=document)


def until_settled(request, ask):
    """The aws CLI asks every half a minute whether the stack is ready. It is answered when it is."""
    while True:
        status, headers, answer = ask()
        if request.service != "cloudformation" or b"_IN_PROGRESS</" not in answer or b"Action=Describe" not in request.body:
            return status, headers, answer
        time.sleep(0.05)
