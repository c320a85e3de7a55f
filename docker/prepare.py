"""Makes bucket and queues on the stand-in for AWS; for compose.yaml alone. Safe to run again."""

from __future__ import annotations

import json
import os

import boto3

endpoint, region = os.environ["SQS_ENDPOINT_URL"], os.environ["AWS_REGION"]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name=region)
sqs = boto3.client("sqs", endpoint_url=endpoint, region_name=region)

s3.create_bucket(
    Bucket=os.environ["S3_BUCKET"], CreateBucketConfiguration={"LocationConstraint": region}
)
name = os.environ["SQS_QUEUE_URL"].rpartition("/")[2]
dead = sqs.create_queue(QueueName=os.environ["SQS_DEAD_LETTER_URL"].rpartition("/")[2])
arn = sqs.get_queue_attributes(QueueUrl=dead["QueueUrl"], AttributeNames=["QueueArn"])
redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 3}
sqs.create_queue(
    QueueName=name,
    Attributes={"VisibilityTimeout": "900", "RedrivePolicy": json.dumps(redrive)},
)
