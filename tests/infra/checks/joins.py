"""Buckets and queues that the stack does not own, joined to it by a small stack each."""

import json

from checks.runs import ended, the_run

BUCKET, QUEUE = "somebodys-bucket", "somebodys-queue"


def a_bucket(stack):
    """By EventBridge: the bucket's own notifications are not touched."""
    s3 = stack.clients("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
    before = stack.runs("elsewhere")
    stack.deploy_beside("bucket", Queue=stack.output("UploadQueueArn"), Bucket=BUCKET, Role=stack.output("OnUploadRole"))
    s3.put_object(Bucket=BUCKET, Key="in/März 1+1.csv", Body=b"x")
    run = ended(stack, the_run(stack, "elsewhere", beside=before))
    assert json.loads(run["trigger"])["s3"]["key"] == "in/März 1+1.csv", run["trigger"]


def its_objects_are_asked_about(stack):
    before = stack.runs("labelled")
    stack.clients("s3").put_object(Bucket=BUCKET, Key="labelled/a", Body=b"x", Metadata={"owner": "grace"}, Tagging="kind=day")
    run = ended(stack, the_run(stack, "labelled", beside=before))
    assert json.loads(run["params"]) == {"station": "none", "owner": "grace", "kind": "day"}, run["params"]


def a_queue(stack):
    sqs = stack.clients("sqs")
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    before = stack.runs("elsewhere")
    stack.deploy_beside("queue", Stack=stack.name, Role=stack.output("OnMessageRole"), Queue=arn)
    sqs.send_message(QueueUrl=url, MessageBody='{"name": "somebody"}')
    run = ended(stack, the_run(stack, "elsewhere", beside=before))
    assert json.loads(run["params"]) == {"name": "somebody"}, run["params"]
