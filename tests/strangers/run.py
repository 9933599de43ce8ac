"""boto3 and the aws CLI, which know nothing of Batchwright, against the real binary.

    python run.py target/debug/batchwright

Starts the binary on a free port in a temporary folder, speaks to it as any AWS client would, and takes the README's tour.
One line a check; exit status 1 if any failed. Needs what requirements.txt names, and the program `profile` beside the binary.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REPOSITORY = Path(__file__).resolve().parents[2]
INBOX = "batchwright-inbox"
REQUESTS = "batchwright-requests"
PATIENCE_S = 60
KEYS = [
    "plain.txt",
    "two words  and more",
    "a+b%2Bc%20d&e=f?g#h",
    "データ/résumé-🌀.csv",
    "../../etc//passwd",
    "/leading and trailing/",
    "'single' \"double\" `back` $(sub) \\",
    "é" * 512,
]


def eventually(what, look):
    """Looks until there is something to see, up to a deadline."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S} s in vain: {what}")
        time.sleep(0.05)


@contextmanager
def refused(*codes):
    """Passes if the call within is refused with one of these error codes."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        assert code in codes, f"refused with {code}, not {' or '.join(codes)}: {error}"
    else:
        raise AssertionError(f"not refused; {' or '.join(codes)} was to come")


class Batchwright:
    """The server, and the commands of the binary against it."""

    def __init__(self, binary, folder):
        self.binary, self.data_dir = binary, folder / "data"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "BATCHWRIGHT_"))}
        # Jobs find the aws CLI as they would in their image.
        environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
        command = [binary, "up", "--port", "0", "--data-dir", self.data_dir]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        assert found, "the server does not say where it listens"
        self.endpoint = found.group()
        self.environment = environment | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "BATCHWRIGHT_DATA_DIR": str(self.data_dir),
        }
        os.environ.update(self.environment)

    def __call__(self, *arguments):
        done = subprocess.run([self.binary, *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"batchwright {arguments} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def aws(self, *arguments, status=0):
        aws = Path(sys.executable).with_name("aws")
        if arguments[0] == "sqs":
            # For SQS, version 1 of the CLI puts an address of AWS in place of AWS_ENDPOINT_URL; version 2 does not.
            arguments += ("--endpoint-url", self.endpoint)
        done = subprocess.run([sys.executable, aws, *arguments], env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"aws {arguments} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Checks:
    """Runs checks, a line each, and counts them."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def __call__(self, name, check, *arguments):
        try:
            check(*arguments)
        except Exception:
            self.failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        else:
            self.passed += 1
            print(f"ok      {name}", flush=True)


# S3


def s3_objects(s3):
    s3.create_bucket(Bucket="strangers")
    for key in KEYS:
        body = key.encode() * 3
        put = s3.put_object(Bucket="strangers", Key=key, Body=body, ContentType="text/x", Metadata={"who": "me"})
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        got = s3.get_object(Bucket="strangers", Key=key)
        assert got["Body"].read() == body and got["ContentType"] == "text/x" and got["Metadata"] == {"who": "me"}
        part = s3.get_object(Bucket="strangers", Key=key, Range="bytes=1-3")
        assert part["Body"].read() == body[1:4] and part["ResponseMetadata"]["HTTPStatusCode"] == 206
    listed = [item["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="strangers", PaginationConfig={"PageSize": 3})
              for item in page["Contents"]]
    assert listed == sorted(KEYS, key=str.encode), listed


def s3_prefixes(s3):
    page = s3.list_objects_v2(Bucket="strangers", Delimiter="/")
    assert {prefix["Prefix"] for prefix in page["CommonPrefixes"]} == {"データ/", "../", "/"}, page
    page = s3.list_objects_v2(Bucket="strangers", Prefix="../")
    assert [item["Key"] for item in page["Contents"]] == ["../../etc//passwd"]


def s3_refusals(s3):
    with refused("NoSuchKey"):
        s3.get_object(Bucket="strangers", Key="nothing")
    with refused("404"):
        s3.head_object(Bucket="strangers", Key="nothing")
    with refused("NoSuchBucket"):
        s3.get_object(Bucket="no-such-bucket", Key="nothing")
    with refused("BadDigest", "InvalidDigest"):
        s3.put_object(Bucket="strangers", Key="bad", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    with refused("KeyTooLongError"):
        s3.put_object(Bucket="strangers", Key="k" * 1025, Body=b"x")
    with refused("PreconditionFailed"):
        s3.put_object(Bucket="strangers", Key="plain.txt", Body=b"x", IfNoneMatch="*")


def s3_multipart(s3):
    key, size = "parts/a b+c", 5 * 1024 * 1024
    parts = [os.urandom(size), os.urandom(1000)]
    upload = s3.create_multipart_upload(Bucket="strangers", Key=key)["UploadId"]
    tags = []
    for number, part in enumerate(parts, 1):
        sent = s3.upload_part(Bucket="strangers", Key=key, UploadId=upload, PartNumber=number, Body=part)
        tags.append({"ETag": sent["ETag"], "PartNumber": number})
    done = s3.complete_multipart_upload(Bucket="strangers", Key=key, UploadId=upload, MultipartUpload={"Parts": tags})
    assert done["ETag"].endswith('-2"'), done["ETag"]
    assert s3.get_object(Bucket="strangers", Key=key)["Body"].read() == b"".join(parts)


def s3_transfer(s3, folder):
    content = os.urandom(20 * 1024 * 1024)
    (folder / "large").write_bytes(content)
    s3.upload_file(str(folder / "large"), "strangers", "large")
    s3.download_file("strangers", "large", str(folder / "back"))
    assert (folder / "back").read_bytes() == content


def s3_copy_and_delete(s3):
    for key in KEYS:
        s3.copy_object(Bucket="strangers", Key=f"copy/{key}"[:512], CopySource={"Bucket": "strangers", "Key": key})
    source = s3.get_object(Bucket="strangers", Key=KEYS[2])["Body"].read()
    assert s3.get_object(Bucket="strangers", Key=f"copy/{KEYS[2]}")["Body"].read() == source
    # Without being told, boto3 signs URLs with version 2, which does not say which service they are for.
    v4 = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = v4.generate_presigned_url("get_object", Params={"Bucket": "strangers", "Key": KEYS[3]})
    assert urllib.request.urlopen(url).read() == KEYS[3].encode() * 3
    s3.delete_object(Bucket="strangers", Key=KEYS[0])
    rest = [{"Key": item["Key"]} for item in s3.list_objects_v2(Bucket="strangers")["Contents"]]
    assert len(s3.delete_objects(Bucket="strangers", Delete={"Objects": rest})["Deleted"]) == len(rest)
    assert s3.list_objects_v2(Bucket="strangers")["KeyCount"] == 0
    s3.delete_bucket(Bucket="strangers")


# SQS


def sqs_messages(sqs):
    url = sqs.create_queue(QueueName="strangers", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    body = "ein Gruß\n\t🌀 <&>"
    attributes = {"kind": {"DataType": "String", "StringValue": "greeting"}, "n": {"DataType": "Number", "StringValue": "7"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
    got = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=5)["Messages"][0]
    assert got["Body"] == body and got["MessageAttributes"] == attributes and got["MessageId"] == sent["MessageId"]
    assert got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "it is not visible to others"
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"][0]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def sqs_batches(sqs):
    url = sqs.get_queue_url(QueueName="strangers")["QueueUrl"]
    entries = [{"Id": str(n), "MessageBody": f"message {n}"} for n in range(10)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert len(sent["Successful"]) == 10 and not sent.get("Failed")
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in got) == sorted(entry["MessageBody"] for entry in entries)
    handles = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(got)]
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == 10
    with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "TooManyEntriesInBatchRequest"):
        sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": "x"} for n in range(11)])
    with refused("InvalidParameterValue"):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901)
    with refused("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"):
        sqs.get_queue_url(QueueName="nobody")
    sqs.delete_queue(QueueUrl=url)


# DynamoDB


def dynamodb_items(dynamodb):
    dynamodb.create_table(
        TableName="strangers",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in (("PK", "S"), ("SK", "N"))],
        BillingMode="PAY_PER_REQUEST",
    )
    for n in range(5):
        dynamodb.put_item(TableName="strangers", Item={"PK": {"S": "p"}, "SK": {"N": str(n)}, "text": {"S": f"é{n}"}})
    key = {"PK": {"S": "p"}, "SK": {"N": "3"}}
    got = dynamodb.get_item(TableName="strangers", Key=key, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
    assert got["Item"]["text"] == {"S": "é3"} and got["ConsumedCapacity"]["CapacityUnits"] == 1.0
    with refused("ConditionalCheckFailedException"):
        dynamodb.put_item(TableName="strangers", Item=key, ConditionExpression="attribute_not_exists(PK)")
    updated = dynamodb.update_item(
        TableName="strangers", Key=key, UpdateExpression="ADD seen :one SET title = :title", ConditionExpression="SK = :three",
        ExpressionAttributeValues={":one": {"NS": ["1"]}, ":title": {"S": "t"}, ":three": {"N": "3"}}, ReturnValues="ALL_NEW")
    assert updated["Attributes"]["seen"] == {"NS": ["1"]}
    found = dynamodb.query(
        TableName="strangers", KeyConditionExpression="PK = :p AND SK BETWEEN :a AND :b", ScanIndexForward=False,
        ExpressionAttributeValues={":p": {"S": "p"}, ":a": {"N": "1"}, ":b": {"N": "3"}})
    assert [item["SK"]["N"] for item in found["Items"]] == ["3", "2", "1"]
    with refused("ResourceNotFoundException"):
        dynamodb.get_item(TableName="no-such-table", Key=key)
    dynamodb.delete_table(TableName="strangers")


# Batch


def batch_definitions(batch):
    queues = {queue["jobQueueName"]: queue for queue in batch.describe_job_queues()["jobQueues"]}
    assert {"batchwright-fargate", "batchwright-ec2-spot"} <= set(queues)
    assert queues["batchwright-fargate"]["state"] == "ENABLED" and queues["batchwright-fargate"]["status"] == "VALID"
    registered = batch.register_job_definition(
        jobDefinitionName="strangers", type="container", retryStrategy={"attempts": 1},
        containerProperties={"image": "busybox", "command": ["printenv", "GREETING"], "resourceRequirements": [
            {"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}]})
    assert registered["revision"] == 1 and registered["jobDefinitionArn"].endswith(":job-definition/strangers:1")
    described = batch.describe_job_definitions(jobDefinitionName="strangers", status="ACTIVE")["jobDefinitions"]
    assert described[0]["containerProperties"]["image"] == "busybox"


def submit(batch, name, **more):
    return batch.submit_job(
        jobName=name, jobQueue="batchwright-ec2", jobDefinition="strangers", shareIdentifier="strangers",
        schedulingPriorityOverride=5, **more)["jobId"]


def described(batch, job):
    return batch.describe_jobs(jobs=[job])["jobs"][0]


def ended(batch, job):
    return eventually(f"the end of {job}", lambda: (d := described(batch, job))["status"] in ("SUCCEEDED", "FAILED") and d)


def batch_jobs(batch):
    greeting = {"environment": [{"name": "GREETING", "value": "hi"}]}
    first = submit(batch, "strangers-first", containerOverrides=greeting)
    second = submit(batch, "strangers-second", containerOverrides=greeting, dependsOn=[{"jobId": first}])
    done = ended(batch, second)
    assert done["status"] == "SUCCEEDED" and done["container"]["exitCode"] == 0 and len(done["attempts"]) == 1
    failed = ended(batch, submit(batch, "strangers-failed", containerOverrides={"command": ["false"]}))
    assert failed["status"] == "FAILED" and failed["container"]["exitCode"] == 1
    named = batch.list_jobs(jobQueue="batchwright-ec2", filters=[{"name": "JOB_NAME", "values": ["STRANGERS-*"]}])
    assert {job["jobName"] for job in named["jobSummaryList"]} == {"strangers-first", "strangers-second", "strangers-failed"}
    array = submit(batch, "strangers-array", arrayProperties={"size": 3}, containerOverrides=greeting)
    assert ended(batch, array)["arrayProperties"]["statusSummary"]["SUCCEEDED"] == 3
    assert len(batch.list_jobs(arrayJobId=array, jobStatus="SUCCEEDED")["jobSummaryList"]) == 3


def batch_terminate(batch):
    job = submit(batch, "strangers-slow", containerOverrides={"command": ["sleep", "600"]})
    eventually("the job to run", lambda: described(batch, job)["status"] == "RUNNING")
    batch.terminate_job(jobId=job, reason="not needed any more")
    done = ended(batch, job)
    assert done["status"] == "FAILED" and done["statusReason"] == "not needed any more", done["statusReason"]


def batch_refusals(batch):
    with refused("ClientException"):
        batch.submit_job(jobName="x", jobQueue="batchwright-ec2", jobDefinition="strangers")
    with refused("ClientException"):
        submit(batch, "a bad name")
    with refused("ClientException"):
        batch.submit_job(jobName="x", jobQueue="no-such-queue", jobDefinition="strangers", shareIdentifier="s")


# Scheduler


def scheduler_schedules(scheduler):
    target = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:other", "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": "{}"}
    common = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
    scheduler.create_schedule(Name="strangers", ScheduleExpression="cron(0 6 ? * MON-FRI *)",
                              ScheduleExpressionTimezone="Europe/Berlin", **common)
    got = scheduler.get_schedule(Name="strangers")
    assert (got["ScheduleExpression"], got["ScheduleExpressionTimezone"], got["State"]) == (
        "cron(0 6 ? * MON-FRI *)", "Europe/Berlin", "ENABLED")
    assert "strangers" in [schedule["Name"] for schedule in scheduler.list_schedules(NamePrefix="stra")["Schedules"]]
    with refused("ConflictException"):
        scheduler.create_schedule(Name="strangers", ScheduleExpression="rate(1 hour)", **common)
    with refused("ValidationException"):
        scheduler.create_schedule(Name="wrong", ScheduleExpression="every full moon", **common)
    scheduler.delete_schedule(Name="strangers")
    with refused("ResourceNotFoundException"):
        scheduler.get_schedule(Name="strangers")


def scheduler_fires(scheduler, batchwright):
    at = datetime.now(timezone.utc) + timedelta(seconds=2)
    firing = {"pipeline": "hello", "schedule": "soon", "scheduled_time": "<aws.scheduler.scheduled-time>", "params": {"name": "clock"}}
    scheduler.create_schedule(
        Name="soon", ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:lambda:us-east-1:000000000000:function:batchwright-on-schedule",
                "RoleArn": "arn:aws:iam::000000000000:role/r", "Input": json.dumps(firing)})
    run = eventually("the run", lambda: find_run(batchwright, "hello", lambda run: run["params"] == {"name": "clock"}))
    batchwright("show", run, "--watch")


# The tour of the README


def find_run(batchwright, pipeline, fits=lambda run: True):
    for line in json.loads(batchwright("ps", "--json", "--pipeline", pipeline)):
        if fits(json.loads(batchwright("show", line["run_id"], "--json"))):
            return line["run_id"]
    return None


def tour_register(batchwright):
    for name in ("hello", "orders", "csv-profile"):
        batchwright.aws("s3", "cp", str(REPOSITORY / f"pipelines/{name}.yaml"), f"s3://{INBOX}/pipelines/")
    listed = batchwright.aws("s3", "ls", f"s3://{INBOX}/pipelines/")
    assert "hello.yaml" in listed and "csv-profile.yaml" in listed
    # Registered by on-upload, a moment later.
    for name in ("hello", "orders", "csv-profile"):
        key = {"PK": {"S": f"PIPELINE#{name}"}, "SK": {"S": "LATEST"}}
        eventually(f"{name} to be registered", lambda: json.loads(
            batchwright.aws("dynamodb", "get-item", "--table-name", "batchwright", "--consistent-read", "--key", json.dumps(key)) or "{}"))


def tour_upload(batchwright):
    batchwright.aws("s3", "cp", str(REPOSITORY / "pipelines/data/hurricanes.csv"), f"s3://{INBOX}/profile/März 2026 (a+b).csv")
    run = eventually("the run", lambda: find_run(batchwright, "csv-profile"))
    batchwright("show", run, "--watch")
    report = batchwright.aws("s3", "cp", f"s3://{INBOX}/results/{run}/report.html", "-")
    assert "<svg" in report and "März 2026 (a+b).csv" in report
    shown = json.loads(batchwright("show", run, "--json"))
    assert [stage["status"] for stage in shown["stages"]] == ["SUCCEEDED"] * 4
    assert shown["trigger"]["s3"]["key"] == "profile/März 2026 (a+b).csv"


def queue_url(batchwright, queue):
    return json.loads(batchwright.aws("sqs", "get-queue-url", "--queue-name", queue))["QueueUrl"]


def tour_request(batchwright):
    url = queue_url(batchwright, REQUESTS)
    request = {"action": "run", "pipeline": "hello", "params": {"name": "Grüße; rm -rf ~"}, "dedupe_key": "once"}
    for _ in range(2):
        batchwright.aws("sqs", "send-message", "--queue-url", url, "--message-body", json.dumps(request))
    run = eventually("the run", lambda: find_run(batchwright, "hello", lambda run: run["params"] == request["params"]))
    batchwright("show", run, "--watch")
    assert batchwright("logs", run, "greet") == "hello Grüße; rm -rf ~\n"


def tour_trigger_queue(batchwright):
    batchwright.aws("sqs", "create-queue", "--queue-name", "orders")
    order = {"order": "4711", "items": ["fig", "plum"], "express": True}
    batchwright.aws("sqs", "send-message", "--queue-url", queue_url(batchwright, "orders"), "--message-body", json.dumps(order))
    run = eventually("the run", lambda: find_run(batchwright, "orders"))
    batchwright("show", run, "--watch")
    assert batchwright("logs", run, "pack") == "pack fig\npack plum\n"


def tour_outputs(batchwright, folder):
    """The reference's own example of outputs, with the aws CLI in its job."""
    section = (REPOSITORY / "docs/definition.md").read_text().split("## Outputs", 1)[1]
    file = folder / "outputs.yaml"
    file.write_text(section.split("```yaml\n", 1)[1].split("```", 1)[0])
    batchwright("register", str(file))
    batchwright("run", "outputs", "--wait")
    run = find_run(batchwright, "outputs")
    assert batchwright("logs", run, "report") == "3 a b\n"


def tour_foreach(batchwright, folder):
    """The reference's own example of many items: with the aws CLI in its job, and in Python."""
    section = (REPOSITORY / "docs/definition.md").read_text().split("## Many items", 1)[1]
    example = section.split("```yaml\n", 1)[1].split("```", 1)[0]
    file = folder / "many-items.yaml"
    file.write_text(example)
    batchwright("register", str(file))
    batchwright("run", "many-items", "--wait")
    run = find_run(batchwright, "many-items")
    logs = sorted(batchwright("logs", run, "align").splitlines())
    assert [line.split("] ", 1)[-1] for line in logs] == [f"aligning {item}" for item in ("one", "two", "three")], logs
    python = "\n".join(line.removeprefix("  ") for line in section.split("```python\n", 1)[1].split("```", 1)[0].splitlines())
    program = folder / "item.py"
    program.write_text(python + "\nprint(item)\n")
    file.write_text(f"""
pipeline: many-items-in-python
params: {{ samples: {{ type: array, default: [fig, plum] }} }}
stages:
  work:
    image: python
    foreach: ${{{{ params.samples }}}}
    command: [{sys.executable}, {program}]
""")
    batchwright("register", str(file))
    batchwright("run", "many-items-in-python", "--wait")
    run = find_run(batchwright, "many-items-in-python")
    assert sorted(line.split("] ", 1)[-1] for line in batchwright("logs", run, "work").splitlines()) == ["fig", "plum"]


def tour_rejected(batchwright):
    url = queue_url(batchwright, REQUESTS)
    sent = json.loads(batchwright.aws("sqs", "send-message", "--queue-url", url, "--message-body", '{"action": "run", "pipeline": "helo"}'))
    source = f"sqs://{REQUESTS}/{sent['MessageId']}"
    rejected = eventually("the rejection", lambda: [
        line for line in json.loads(batchwright("rejected", "--json")) if line["source"] == source])
    assert "helo" in rejected[0]["reason"]


def stops(batchwright):
    status = batchwright.stop()
    assert status == 0, f"it ended with {status}"


def main(binary):
    check, folder = Checks(), Path(tempfile.mkdtemp(prefix="batchwright-strangers-"))
    batchwright = None
    try:
        batchwright = Batchwright(Path(binary).resolve(), folder)
        once = Config(retries={"total_max_attempts": 1})
        s3, sqs, dynamodb, batch, scheduler = (
            boto3.client(name, config=once) for name in ("s3", "sqs", "dynamodb", "batch", "scheduler"))
        check("S3: objects of every key, ranges, pages", s3_objects, s3)
        check("S3: prefixes and delimiters", s3_prefixes, s3)
        check("S3: refusals", s3_refusals, s3)
        check("S3: multipart upload", s3_multipart, s3)
        check("S3: boto3's transfers", s3_transfer, s3, folder)
        check("S3: copy, presigned, delete", s3_copy_and_delete, s3)
        check("SQS: send, receive, visibility, delete, MD5", sqs_messages, sqs)
        check("SQS: batches and refusals", sqs_batches, sqs)
        check("DynamoDB: items, conditions, queries", dynamodb_items, dynamodb)
        check("Batch: queues and job definitions", batch_definitions, batch)
        check("Batch: jobs, dependencies, arrays, lists", batch_jobs, batch)
        check("Batch: terminate", batch_terminate, batch)
        check("Batch: refusals", batch_refusals, batch)
        check("Scheduler: create, get, list, delete", scheduler_schedules, scheduler)
        check("tour: aws s3 cp registers pipelines", tour_register, batchwright)
        check("tour: aws s3 cp runs the demo's pipeline", tour_upload, batchwright)
        check("tour: aws sqs send-message runs a pipeline, once", tour_request, batchwright)
        check("tour: a message to a pipeline's own queue", tour_trigger_queue, batchwright)
        check("tour: the outputs of a stage are another's arguments", tour_outputs, batchwright, folder)
        check("tour: a stage is done for many items", tour_foreach, batchwright, folder)
        check("tour: a schedule fires", scheduler_fires, scheduler, batchwright)
        check("tour: what is refused is listed", tour_rejected, batchwright)
        check("the server stops when it is asked to", stops, batchwright)
    finally:
        if batchwright and batchwright.process.poll() is None:
            batchwright.process.kill()
            batchwright.process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{check.passed} passed, {check.failed} failed")
    return 1 if check.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
