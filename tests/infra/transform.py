"""What CloudFormation makes of infra/template.yaml by the SAM transform, for the linters to read: what is deployed is that.

    python tests/infra/transform.py OUTPUT
"""

import json
import sys
from pathlib import Path

from cfnlint.decode.cfn_yaml import load
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

TEMPLATE = Path(__file__).parents[2] / "infra" / "template.yaml"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMITS = {"Parameters": 200, "Resources": 500, "Outputs": 200, "Conditions": 1000}
MAX_BYTES = 1024 * 1024


def main(output):
    template = json.loads(json.dumps(load(str(TEMPLATE))))
    for resource in template["Resources"].values():
        # As `aws cloudformation package` leaves them.
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://artifacts/bootstrap.zip"
        if resource["Type"] == "AWS::CloudFormation::Stack":
            resource["Properties"]["TemplateURL"] = "https://artifacts.s3.amazonaws.com/nested.yaml"
    transformed = json.dumps(Translator({}, Parser()).translate(template, {}), indent=1)
    written = json.loads(transformed)
    over = [f"{section}: {len(written.get(section, {}))}" for section, most in LIMITS.items() if len(written.get(section, {})) > most]
    if over or len(transformed) > MAX_BYTES:
        sys.exit(f"more than CloudFormation takes: {over}, {len(transformed)} bytes")
    Path(output).write_text(transformed)


if __name__ == "__main__":
    main(*sys.argv[1:])
