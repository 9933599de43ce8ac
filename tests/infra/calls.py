"""From a request to what IAM is asked about it: the actions, and the resources of each.

What IAM asks beside the action that is called (a role that is passed, a tag that is set) is in the service authorization reference.
"""

import json
from dataclasses import dataclass, field

import botocore.session

ACCOUNT = "000000000000"
# Batch takes no resource for these.
OF_NO_RESOURCE = {"DescribeJobs", "ListJobs", "DescribeJobDefinitions"}
# What a transaction's parts are to IAM.
OF_TRANSACTIONS = {
    "Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}


@dataclass(frozen=True)
class Call:
    """An action on a resource, as IAM sees it."""

    action: str
    resource: str
    context: tuple = field(default=())

    def __str__(self):
        return f"{self.action} on {self.resource}"


def arn(service, region, resource):
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def calls_of(request):
    """The calls that IAM is asked about."""
    of_service = {"dynamodb": dynamodb, "sqs": sqs, "s3": s3, "batch": batch, "scheduler": scheduler}.get(request.service)
    if not of_service:
        raise AssertionError(f"a function calls {request.service}, of which calls.py knows nothing: {request.method} {request.path}")
    return of_service(request)


def dynamodb(request):
    body = json.loads(request.body)
    table = lambda name: arn("dynamodb", request.region, f"table/{name}")
    if request.target in ("TransactWriteItems", "TransactGetItems"):
        return [Call(f"dynamodb:{OF_TRANSACTIONS[kind]}", table(part["TableName"]))
                for item in body["TransactItems"] for kind, part in item.items()]
    if request.target in ("BatchGetItem", "BatchWriteItem"):
        return [Call(f"dynamodb:{request.target}", table(name)) for name in body["RequestItems"]]
    index = body.get("IndexName")
    return [Call(f"dynamodb:{request.target}", table(body["TableName"]) + (f"/index/{index}" if index else ""))]


def sqs(request):
    queue = json.loads(request.body)["QueueUrl"].rpartition("/")[2]
    # IAM knows no batches of messages.
    return [Call(f"sqs:{request.target.removesuffix('Batch')}", arn("sqs", request.region, queue))]


def s3(request):
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not key:
        return [Call("s3:ListBucket", f"arn:aws:s3:::{bucket}")]
    version = "Version" if "versionId" in request.query else ""
    # To whom it may not list the bucket, S3 says of an object that is gone that it is forbidden.
    listing = [Call("s3:ListBucket", f"arn:aws:s3:::{bucket}")] if request.status == 404 else []
    if "tagging" in request.query:
        return [Call(f"s3:GetObject{version}Tagging", f"arn:aws:s3:::{bucket}/{key}"), *listing]
    action = {"GET": f"GetObject{version}", "HEAD": f"GetObject{version}", "PUT": "PutObject", "DELETE": f"DeleteObject{version}"}
    return [Call(f"s3:{action[request.method]}", f"arn:aws:s3:::{bucket}/{key}"), *listing]


def batch(request):
    action, body = rest_operation(request), json.loads(request.body or b"{}")
    name = lambda kind, reference: reference if reference.startswith("arn:") else arn("batch", request.region, f"{kind}/{reference}")
    tags = tuple(sorted(f"aws:RequestTag/{tag}={value}" for tag, value in body.get("tags", {}).items()))
    tagging = lambda resource: [Call("batch:TagResource", resource, tags)] if tags else []
    if action in OF_NO_RESOURCE:
        return [Call(f"batch:{action}", "*")]
    if action == "SubmitJob":
        resources = name("job-queue", body["jobQueue"]), name("job-definition", body["jobDefinition"])
        return [Call("batch:SubmitJob", resource) for resource in resources] + tagging(name("job", "of-this-submission"))
    if action == "TerminateJob":
        return [Call("batch:TerminateJob", name("job", body["jobId"]))]
    if action == "RegisterJobDefinition":
        definition = name("job-definition", body["jobDefinitionName"])
        container = body.get("containerProperties", {})
        roles = (container.get(role) for role in ("executionRoleArn", "jobRoleArn"))
        passed = [passing(role, "ecs-tasks.amazonaws.com") for role in roles if role]
        return [Call("batch:RegisterJobDefinition", definition), *passed, *tagging(definition)]
    raise AssertionError(f"calls.py does not know on which resource Batch's {action} is")


def scheduler(request):
    action, body = rest_operation(request), json.loads(request.body or b"{}")
    group = body.get("GroupName") or request.query.get("groupName") or "default"
    schedule = arn("scheduler", request.region, f"schedule/{group}/{request.path.rpartition('/')[2]}")
    role = body.get("Target", {}).get("RoleArn")
    passed = [passing(role, "scheduler.amazonaws.com")] if role else []
    return [Call(f"scheduler:{action}", schedule), *passed]


def passing(role, to):
    return Call("iam:PassRole", role, (f"iam:PassedToService={to}",))


def rest_operation(request):
    """The operation of a REST request, by botocore's model of the service: path parameters match one segment."""
    for operation, (method, segments) in routes(request.service).items():
        path = request.path.strip("/").split("/")
        if method == request.method and len(path) == len(segments) and all(
                want.startswith("{") or want == have for want, have in zip(segments, path)):
            return operation
    raise AssertionError(f"no operation of {request.service} is {request.method} {request.path}")


def routes(service, known={}):
    if service not in known:
        model = botocore.session.get_session().get_service_model(service)
        https = {name: model.operation_model(name).http for name in model.operation_names}
        known[service] = {
            name: (http["method"], http["requestUri"].split("?")[0].strip("/").split("/")) for name, http in https.items()}
    return known[service]
