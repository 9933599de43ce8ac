#!/usr/bin/env bash
# Deletes the stack, and what was made beside it while it ran: infra/teardown.sh STACK
#
# Schedules go with their group; the job definitions of the stack's own role are deregistered. The table, the inbox bucket and the work
# bucket are kept, and named, unless DELETE_DATA=table-and-bucket says otherwise.
set -euo pipefail

export AWS_DEFAULT_REGION=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}
stack=${1:?the name of the stack is missing: make teardown STACK=batchwright}
delete_data=${DELETE_DATA:-no}

output() {
    aws cloudformation describe-stacks --stack-name "$stack" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

resource() {
    aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
        --query "StackResources[?LogicalResourceId=='$1'].PhysicalResourceId"
}

# Deletes all versions of all objects.
empty() {
    local page
    while
        page=$(aws s3api list-object-versions --bucket "$1" --max-keys 1000 --no-paginate --output json \
            --query '{Quiet: `true`, Objects: [Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}}')
        [[ $page == *VersionId* ]]
    do
        aws s3api delete-objects --bucket "$1" --delete file:///dev/stdin <<<"$page"
    done
}

table=$(output Table)
role=$(output ExecutionRole)
# Empty if the bucket is one that the stack was given.
inbox=$(resource Inbox)
work=$(resource Work)

definitions=$(aws batch describe-job-definitions --status ACTIVE --output text \
    --query "jobDefinitions[?starts_with(jobDefinitionName, 'bw-') && containerProperties.executionRoleArn=='$role'].jobDefinitionArn")
for definition in $definitions; do
    aws batch deregister-job-definition --job-definition "$definition"
done

aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"

if [[ $delete_data == table-and-bucket ]]; then
    aws dynamodb update-table --table-name "$table" --no-deletion-protection-enabled >/dev/null
    aws dynamodb wait table-exists --table-name "$table"
    aws dynamodb delete-table --table-name "$table" >/dev/null
    for bucket in $inbox $work; do
        empty "$bucket"
        aws s3api delete-bucket --bucket "$bucket"
    done
    echo "The stack $stack is deleted, and all that it kept."
else
    echo "The stack $stack is deleted. Kept: the table $table${inbox:+, the bucket $inbox}${work:+, the bucket $work}."
    echo "DELETE_DATA=table-and-bucket deletes them too."
fi
