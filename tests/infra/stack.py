"""The stack: deployed by infra/deploy.sh as people deploy it, and what is in it."""

import json
import os
import shutil
import subprocess
import zipfile
from contextlib import contextmanager
from functools import cached_property

import shortcomings
from waiting import eventually

FUNCTIONS = ["on-upload", "on-message", "on-schedule", "on-job-change", "on-wake", "sweep"]
# The queues that feed functions.
SOURCES = ["UploadQueue", "RequestQueue", "WakeQueue"]


class Stack:
    """The stack under its name, in a folder of its own that looks like the repository."""

    name = "verify"
    job_queues = "fargate=verify-fargate,fargate+urgent=verify-urgent,fargate-spot=verify-fargate-spot,ec2=verify-ec2,ec2-spot=verify-ec2-spot"

    def __init__(self, emulator, infra, zips, aws):
        self.emulator, self.aws = emulator, aws
        self.folder = emulator.folder / "repository"
        shutil.copytree(infra, self.folder / "infra")
        for function in FUNCTIONS:
            package = zips / function / "bootstrap.zip"
            assert package.is_file(), f"{package} is missing: `make package` makes it"
            (self.folder / "target/lambda" / function).mkdir(parents=True)
            shutil.copy(package, self.package(function))

    def package(self, function):
        return self.folder / "target/lambda" / function / "bootstrap.zip"

    def change(self, function):
        """Makes the function's package another one, with the same program."""
        with zipfile.ZipFile(self.package(function), "a") as package:
            package.writestr("changed", self.package(function).name)

    def deploy(self, **parameters):
        """Creates or updates it."""
        arns = (f"arn:aws:batch:us-east-1:000000000000:job-queue/{name}" for name in self.queue_names())
        parameters = {"JobQueues": self.job_queues, "JobQueueArns": ",".join(arns)} | parameters
        self.script("deploy.sh", self.name, *(f"{key}={value}" for key, value in parameters.items()))
        shortcomings.make_up_for(self)

    def script(self, name, *arguments):
        """Runs one of infra/'s scripts, and returns what it says."""
        environment = self.emulator.client_environment() | {
            "PATH": f"{self.aws.parent}:{os.environ['PATH']}", "HOME": str(self.emulator.folder), "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_BATCH": self.emulator.batch_recorder.url}
        with self.emulator.recorder.intercepting(shortcomings.until_settled):
            done = subprocess.run(
                ["bash", self.folder / "infra" / name, *arguments], env=environment, capture_output=True, text=True, timeout=120)
        told = "\n".join(line for line in done.stderr.splitlines() if "Uploading to" not in line)
        assert done.returncode == 0, f"{name} ended with {done.returncode}:\n{told}\n{self.failures()}"
        return done.stdout

    def deploy_beside(self, what, **parameters):
        """Creates one of the small stacks that join something to this one."""
        cloudformation, name = self.clients("cloudformation"), f"{self.name}-{what}"
        cloudformation.create_stack(
            StackName=name, TemplateBody=(self.folder / f"infra/{what}-trigger.yaml").read_text(), Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])

        def status():
            described, = cloudformation.describe_stacks(StackName=name)["Stacks"]
            return None if described["StackStatus"].endswith("_IN_PROGRESS") else described["StackStatus"]

        status = eventually(f"{name} is there", status)
        assert status == "CREATE_COMPLETE", f"{name}: {status}"

    @cached_property
    def _outputs(self):
        described, = self.clients("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def output(self, name):
        return self._outputs[name]

    def queue_names(self):
        return [queue.partition("=")[2] for queue in self.job_queues.split(",")]

    def failures(self):
        """What CloudFormation says went wrong."""
        try:
            pages = self.clients("cloudformation").describe_stack_events(StackName=self.name)["StackEvents"]
        except Exception as error:
            return str(error)
        return "\n".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
                         for event in pages if event["ResourceStatus"].endswith("FAILED"))

    @cached_property
    def _clients(self):
        return {}

    @contextmanager
    def paused(self, mapping):
        """Within, messages stay in the queue; afterwards those that are there are taken together."""
        client, uuid = self.clients("lambda"), self.resource(mapping)
        client.update_event_source_mapping(UUID=uuid, Enabled=False)
        try:
            yield
        finally:
            client.update_event_source_mapping(UUID=uuid, Enabled=True)

    def clients(self, service):
        if service not in self._clients:
            self._clients[service] = self.emulator.client(service)
        return self._clients[service]

    @cached_property
    def _resources(self):
        pages = self.clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"]
                for page in pages for resource in page["StackResourceSummaries"]}

    def resource(self, logical_id):
        return self._resources[logical_id]

    def function(self, name):
        return f"{self.name}-{name}"

    def pattern(self, rule):
        """The event pattern of a rule, as deployed."""
        return self.clients("events").describe_rule(Name=self.resource(rule))["EventPattern"]

    # What the functions have written.

    def items(self):
        """All items of the table, plain."""
        pages = self.clients("dynamodb").get_paginator("scan").paginate(TableName=self.resource("Table"), ConsistentRead=True)
        return [plain(item) for page in pages for item in page["Items"]]

    def runs(self, pipeline=None):
        runs = [item for item in self.items() if item["SK"] == "RUN"]
        return [run for run in runs if pipeline in (None, run.get("pipeline"))]

    def latest(self, pipeline):
        latest, = (item for item in self.items() if item["PK"] == f"PIPELINE#{pipeline}" and item["SK"] == "LATEST")
        return latest

    def stages(self, run_id):
        return {item["SK"].removeprefix("STAGE#"): item
                for item in self.items() if item["PK"] == f"RUN#{run_id}" and item["SK"].startswith("STAGE#")}

    def rejections(self):
        return [item for item in self.items() if item["PK"].startswith("REJECTED#")]

    # What people and producers do.

    def upload(self, key, content):
        self.clients("s3").put_object(Bucket=self.resource("Inbox"), Key=key, Body=content)

    def ask(self, **request):
        """Sends a request; its message id."""
        return self.clients("sqs").send_message(
            QueueUrl=self.resource("RequestQueue"), MessageBody=json.dumps(request))["MessageId"]

    def tell(self, function, event):
        """Invokes a function as events do: asynchronously."""
        self.clients("lambda").invoke(FunctionName=self.function(function), InvocationType="Event", Payload=json.dumps(event))

    def wake(self, **look):
        self.clients("sqs").send_message(QueueUrl=self.resource("WakeQueue"), MessageBody=json.dumps(look))

    def messages(self, queue):
        """How many messages a queue holds that are due, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.clients("sqs").get_queue_attributes(QueueUrl=self.resource(queue), AttributeNames=names)
        return sum(int(count) for count in attributes["Attributes"].values())

    def dead_letters(self, queue):
        """Takes the messages out of a dead-letter queue."""
        sqs, url = self.clients("sqs"), self.resource(queue)
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return received


def plain(item):
    """An item without DynamoDB's types."""
    def value(typed):
        (kind, content), = typed.items()
        return int(content) if kind == "N" else content
    return {name: value(typed) for name, typed in item.items()}


def run_id(run):
    return run["PK"].removeprefix("RUN#")
