"""The loopback SQS and S3 server."""

import json

import boto3
import pytest

pytestmark = pytest.mark.service


@pytest.fixture
def client(aws_server):
    """Makes boto3 clients of the server and closes them."""
    clients = []

    def make(service):
        clients.append(
            boto3.client(service, endpoint_url=aws_server.endpoint_url, region_name="eu-central-1")
        )
        return clients[-1]

    yield make
    for made in clients:
        made.close()


def test_a_message_received_too_often_goes_to_the_dead_letters(client, aws_server):
    sqs = client("sqs")
    sqs.send_message(QueueUrl=aws_server.queue_url, MessageBody="a job")

    receive = {"QueueUrl": aws_server.queue_url, "VisibilityTimeout": 0}
    received = [sqs.receive_message(**receive).get("Messages", []) for _ in range(4)]

    assert [len(messages) for messages in received] == [1, 1, 1, 0]
    dead = sqs.receive_message(QueueUrl=aws_server.dead_letter_url)["Messages"]
    assert [message["Body"] for message in dead] == ["a job"]


def test_the_queue_hides_a_message_for_the_time_that_the_settings_count_on(client, aws_server):
    from django.conf import settings

    attributes = client("sqs").get_queue_attributes(
        QueueUrl=aws_server.queue_url, AttributeNames=["All"]
    )["Attributes"]

    assert int(attributes["VisibilityTimeout"]) == settings.SQS_VISIBILITY_SECONDS
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == settings.JOB_MAX_ATTEMPTS


def test_the_bucket_stores_and_returns_files(client, aws_server):
    s3 = client("s3")

    s3.put_object(Bucket="amena", Key="folder/file", Body=b"content")

    assert s3.get_object(Bucket="amena", Key="folder/file")["Body"].read() == b"content"
