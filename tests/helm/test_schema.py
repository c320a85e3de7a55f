"""values.schema.json refuses what would only fail later, in the cluster."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import environment_values, merged
from helm_python.chart import Chart
from helm_python.errors import HelmError

BAD: dict[str, dict[str, Any]] = {
    "unknown key": {"wroker": {}},
    "latest image": {"images": {"web": {"tag": "latest"}}},
    "broken digest": {"images": {"worker": {"digest": "sha256:abc"}}},
    "secret in the configuration": {"config": {"SECRET_KEY": "hunter2"}},
    "database URL in the configuration": {"config": {"DATABASE_URL": "postgresql://"}},
    "debug mode": {"config": {"DEBUG": "1"}},
    "development login": {"config": {"DEV_LOGIN": "1"}},
    "files on a pod's disk": {"config": {"STORAGE": "local"}},
    "host with a scheme": {"site": {"host": "https://amena.example.com"}},
    "no web pod": {"web": {"minReplicas": 0}},
    "CUDA without a GPU": {"worker": {"device": "cuda", "gpus": 0}},
    "unknown device": {"worker": {"device": "tpu"}},
    "polling too often": {"worker": {"keda": {"pollingSeconds": 1}}},
    "words for a number": {"worker": {"keda": {"maxReplicas": "many"}}},
    "memory without a unit's name": {"web": {"resources": {"limits": {"memory": "1 gig"}}}},
    "cron line of four fields": {"purge": {"schedule": "* * * *"}},
    "certificate that is none": {"ingress": {"certificateArn": "my-cert"}},
    "load balancer open to nobody": {"ingress": {"allow": []}},
    "external secret without a name": {"secrets": {"external": {"djangoKey": ""}}},
    "owner's secret without a name": {"secrets": {"external": {"ownerKey": ""}}},
    "network without addresses": {"networkPolicy": {"databaseCidrs": ["the database"]}},
    "load balancer that keeps nothing": {"web": {"idleSeconds": 0}},
    "visibility beyond SQS's twelve hours": {"timeouts": {"visibility": 50000}},
}


@pytest.mark.parametrize("name", BAD)
def test_bad_values_are_refused(chart: Chart, name: str) -> None:
    values = merged(environment_values("prod"), BAD[name])
    with pytest.raises(HelmError):
        chart.validate_schema(values)


def test_good_values_are_taken(chart: Chart, environment: str) -> None:
    chart.validate_schema(environment_values(environment))
