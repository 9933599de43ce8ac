#!/usr/bin/env bash
# Deploys the stack, or updates it in place: infra/deploy.sh STACK [PARAMETER=VALUE…]
#
# Takes the zips that `make package` made. ARCH says for which processors (x86_64 or arm64), ARTIFACTS names a bucket for them (one
# for the account and region is made if it is not given), TAGS is a list of KEY=VALUE that every resource gets.
set -euo pipefail
cd "$(dirname "$0")/.."

stack=${1:?the name of the stack is missing: make deploy STACK=batchwright}
shift
if ((${#stack} > 50)); then
    echo "The name $stack is too long: with 50 characters, the longest name of a function has the 64 that Lambda takes." >&2
    exit 2
fi
tags=()
if [[ -n ${TAGS:-} ]]; then
    read -ra tags <<<"--tags $TAGS"
fi
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}
# Version 1 of the AWS CLI knows no other.
export AWS_DEFAULT_REGION=$region
account=$(aws sts get-caller-identity --query Account --output text)
artifacts=${ARTIFACTS:-batchwright-artifacts-$account-$region}

if ! aws s3api head-bucket --bucket "$artifacts" 2>/dev/null; then
    aws s3 mb "s3://$artifacts"
    aws s3api put-public-access-block --bucket "$artifacts" --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
fi

aws cloudformation package --template-file infra/template.yaml --s3-bucket "$artifacts" \
    --output-template-file target/packaged.yaml >/dev/null
aws cloudformation deploy --template-file target/packaged.yaml --stack-name "$stack" \
    --s3-bucket "$artifacts" --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
    --parameter-overrides "Architecture=${ARCH:-x86_64}" "$@" "${tags[@]}"
aws cloudformation describe-stacks --stack-name "$stack" --output table \
    --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]'
