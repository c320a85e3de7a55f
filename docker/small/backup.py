"""Keeps what comes in by standard input in the bucket, or gives the newest back; for backup.sh.

python backup.py keep       a dump from standard input, as backups/<time>.dump
python backup.py newest     the newest one, to standard output
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

import boto3

PREFIX = "backups/"


def bucket() -> Any:
    """The files' bucket; nobody is ever shown what lies under `backups/`."""
    s3 = boto3.resource(
        "s3",
        region_name=os.environ["AWS_REGION"],
        endpoint_url=os.environ.get("S3_ENDPOINT_URL") or None,
    )
    return s3.Bucket(os.environ["S3_BUCKET"])


def keep() -> None:
    """Whole or not at all: S3 shows a file when all of it is there."""
    key = f"{PREFIX}{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}.dump"
    bucket().upload_fileobj(sys.stdin.buffer, key)
    sys.stderr.write(f"Kept {key}.\n")


def newest() -> None:
    """Ends with 1 where there is none."""
    keys = sorted(file.key for file in bucket().objects.filter(Prefix=PREFIX))
    if not keys:
        sys.exit("There is no backup.")
    sys.stderr.write(f"{keys[-1]}\n")
    bucket().download_fileobj(keys[-1], sys.stdout.buffer)


if __name__ == "__main__":
    {"keep": keep, "newest": newest}[sys.argv[1]]()
