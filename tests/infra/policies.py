"""What the roles of the functions are allowed, as deployed, and whether a call is.

Only what our policies use is understood: another element is an error, and not a guess.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from shortcomings import FOR_THE_EMULATOR

KEYS = {"Sid", "Effect", "Action", "Resource", "Condition"}
OPERATORS = {"StringEquals": lambda have, want: have == want, "StringLike": lambda have, want: matches(want, have)}


@dataclass(frozen=True)
class Statement:
    """An allowance of a policy."""

    sid: str
    actions: tuple
    resources: tuple
    conditions: tuple = ()

    def allows(self, call):
        context = dict(entry.partition("=")[::2] for entry in call.context)
        return (any(action == call.action for action in self.actions)
                and any(matches(pattern, call.resource) for pattern in self.resources)
                and all(key in context and any(OPERATORS[operator](context[key], value) for value in values)
                        for operator, key, values in self.conditions))


@lru_cache(maxsize=None)
def pattern_of(text):
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in text))


def matches(pattern, text):
    """Whether a text is like a pattern with IAM's wildcards."""
    return pattern_of(pattern).fullmatch(text) is not None


def statements_of(iam, role):
    """All that a role is allowed."""
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                 for name in iam.list_role_policies(RoleName=role)["PolicyNames"] if name != FOR_THE_EMULATOR]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        if not arn:
            continue  # ministack evaluates no Fn::Join in conditions, and takes an empty list for one of an empty name
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])
    return [parse(statement) for document in documents for statement in listed(decoded(document)["Statement"])]


def decoded(document):
    return json.loads(unquote(document)) if isinstance(document, str) else document


def listed(value):
    return value if isinstance(value, list) else [value]


def parse(statement):
    assert set(statement) <= KEYS, f"policies.py does not know all of {statement}"
    assert statement["Effect"] == "Allow", f"policies.py knows no denial: {statement}"
    conditions = []
    for operator, keys in statement.get("Condition", {}).items():
        assert operator in OPERATORS, f"policies.py does not know {operator}"
        conditions += [(operator, key, tuple(listed(values))) for key, values in keys.items()]
    return Statement(
        statement.get("Sid", ""), tuple(listed(statement["Action"])), tuple(listed(statement["Resource"])), tuple(conditions))
