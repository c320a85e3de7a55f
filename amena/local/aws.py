"""SQS and S3 over their real protocols on loopback, by moto's server.

    python -m amena.local.aws --port 4566 [--bucket amena]

The queues exist before the first connection is taken, and all is forgotten when the server ends: a
lost message costs nothing, since queued jobs live in the database and the sweeper sends them again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from amena.local.process import Program, answers, free_port, running

ACCOUNT = "123456789012"  # moto's account for any credentials
REGION = "eu-central-1"
QUEUE = "amena"
DEAD_LETTERS = "amena-dead-letters"
BUCKET = "amena"
VISIBILITY_SECONDS = 900
MAX_RECEIVES = 3


@dataclass(frozen=True)
class AwsServer:
    """Where the server listens, and the names of what is in it."""

    port: int

    @property
    def endpoint_url(self) -> str:
        """For boto3's `endpoint_url`, SQS and S3 alike."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def queue_url(self) -> str:
        """The address of the job queue."""
        return f"{self.endpoint_url}/{ACCOUNT}/{QUEUE}"

    @property
    def dead_letter_url(self) -> str:
        """Where a message goes that was received `MAX_RECEIVES` times in vain."""
        return f"{self.endpoint_url}/{ACCOUNT}/{DEAD_LETTERS}"

    def environment(self) -> dict[str, str]:
        """What Amena's settings need to use this server; the credentials are placeholders."""
        return {
            "SQS_ENDPOINT_URL": self.endpoint_url,
            "SQS_QUEUE_URL": self.queue_url,
            "SQS_DEAD_LETTER_URL": self.dead_letter_url,
            "S3_ENDPOINT_URL": self.endpoint_url,
            "S3_BUCKET": BUCKET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",  # no secret: moto takes anything
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1,localhost"))),
        }


def program(server: AwsServer, log: Path, bucket: bool = False) -> Program:
    """The server as a program of its own; `bucket` also makes the S3 bucket."""
    extra = ("--bucket", BUCKET) if bucket else ()
    return Program(
        name="sqs",
        command=(sys.executable, "-m", __name__, "--port", str(server.port), *extra),
        log=log,
        ready=lambda: answers(server.port),
    )


@contextlib.contextmanager
def aws(log: Path, port: int | None = None) -> Iterator[AwsServer]:
    """A running server with both queues and the bucket, in a process of its own."""
    server = AwsServer(port or free_port())
    with running(program(server, log, bucket=True)):
        yield server


def serve(port: int, bucket: str | None) -> None:
    """Serves until the process ends."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for every poll otherwise
    # Imported here: a caller that only asks for addresses needs no moto.
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from moto.s3.models import s3_backends
    from moto.sqs.models import sqs_backends
    from werkzeug.serving import make_server

    sqs = sqs_backends[ACCOUNT][REGION]
    dead = sqs.create_queue(DEAD_LETTERS)
    redrive = {"deadLetterTargetArn": dead.queue_arn, "maxReceiveCount": MAX_RECEIVES}
    sqs.create_queue(QUEUE, VisibilityTimeout=VISIBILITY_SECONDS, RedrivePolicy=json.dumps(redrive))
    if bucket:
        s3_backends[ACCOUNT]["aws"].create_bucket(bucket, REGION)
    app = DomainDispatcherApplication(create_backend_app)
    make_server(
        "127.0.0.1", port, app, threaded=True, request_handler=MotoRequestHandler
    ).serve_forever()


def main() -> None:
    """The command line above."""
    parser = argparse.ArgumentParser(prog=f"python -m {__name__}", description="SQS and S3, local.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--bucket", help="also make this S3 bucket")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.bucket)


if __name__ == "__main__":
    main()
