"""Alarms ask for numbers that exist, and the runbook has an entry for each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from amena.jobs.error_texts import ERROR_TEXTS
from amena.site.urls import urlpatterns

ROOT = Path(__file__).parent.parent.parent
ALERTS = yaml.load((ROOT / "helm/amena/alerts.yaml").read_text(), yaml.CSafeLoader)
RULES = ALERTS["groups"][0]["rules"]
RUNBOOK = (ROOT / "docs/operations.md").read_text()
SUFFIXES = re.compile(r"_(total|bucket|count|sum)$")


@pytest.mark.django_db
def test_every_number_that_alarms_ask_for_is_given(settings: Any) -> None:
    settings.METRICS_TOKEN = "let-me-see"
    answer = Client().get("/metrics", headers={"Authorization": "Bearer let-me-see"})
    families = text_string_to_metric_families(answer.content.decode())
    given = {SUFFIXES.sub("", family.name) for family in families}
    asked = {
        SUFFIXES.sub("", name)
        for rule in RULES
        for name in re.findall(r"\bamena_[a-z_]+", rule["expr"])
    }
    assert asked
    assert asked <= given
    documented = set(re.findall(r"`(amena_[a-z_]+)", RUNBOOK))
    assert {SUFFIXES.sub("", name) for name in documented} == given


def test_every_error_code_that_alarms_name_is_one_of_ours() -> None:
    (codes,) = (
        re.search(r'code=~"([^"]+)"', rule["expr"])
        for rule in RULES
        if rule["alert"] == "AmenaJobsFail"
    )
    assert codes
    assert set(codes[1].split("|")) <= set(ERROR_TEXTS)


def test_every_alert_has_its_entry_with_the_same_urgency() -> None:
    entries = dict(re.findall(r"^### (Amena\w+) \((\w+)\)$", RUNBOOK, re.MULTILINE))
    assert entries == {rule["alert"]: rule["labels"]["severity"] for rule in RULES}


def test_every_alarm_in_cloudwatch_has_its_entry() -> None:
    found = set()
    for path in (ROOT / "terraform").rglob("*.tf"):
        text = path.read_text()
        names = re.findall(r'alarm_name\s+= "([^"]+)"', text)
        for name in names:
            words = name.replace("${var.queue}", "*queue*")
            words = words.replace("${var.dead_letter_queue}", "*dead letters*")
            words = words.replace("${var.prefix}-database", "*database*")
            words = words.replace("${module.names.prefix}-machine", "*machine*")
            if "${each.key}" in words:
                keys = re.findall(r"^    (\w+) = \{$", text, re.MULTILINE)
                assert keys
                found |= {words.replace("${each.key}", key) for key in keys}
            else:
                found.add(words)
    lines = re.findall(r"^### CloudWatch: (.+)$", RUNBOOK, re.MULTILINE)
    headings = set()
    for line in lines:
        first, *others = line.split(", -")
        headings |= {first} | {f"{first.rpartition('-')[0]}-{other}" for other in others}
    assert headings == found


def test_the_runbook_names_commands_and_pages_that_exist() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith("amena")}
    table = RUNBOOK[RUNBOOK.index("## Commands") : RUNBOOK.index("## Metrics")]
    assert set(re.findall(r"^\| `(\w+)", table, re.MULTILINE)) == ours
    paths = {str(each.pattern) for each in urlpatterns}
    assert {"readyz", "healthz", "metrics"} <= paths
