"""Rows of the database, and what the service stands on, as Prometheus metrics.

Every pod gives the same: take their `max`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Final

from django.db.models import Count, Min
from django.db.models.functions import Now
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from amena.jobs.models import ACTIVE, Job, Photo, State
from amena.metrics.models import Tally
from amena.metrics.tallies import BUCKETS
from amena.site import health

#: The sweeper and the cron jobs come at least every minute: what is due longer was forgotten.
HOUSEKEEPING_PATIENCE: Final = timedelta(minutes=2)

_COUNTERS: Final = {
    "jobs_ended": ("Jobs that ended, by state and, for failures, code.", ("state", "code")),
    "emails": ("Emails to people, by what became of the attempt.", ("outcome",)),
    "leases_lost": ("Running jobs taken from a worker that was no longer there.", ()),
}
_HISTOGRAMS: Final = {
    "job_stage_seconds": ("Time of each stage in jobs that succeeded.", "stage"),
    "job_seconds": ("From the last start to the end of jobs that succeeded.", "kind"),
    "job_wait_seconds": (
        "From the place in the works to the last start, of those jobs.",
        "kind",
    ),
}


class JobsCollector(Collector):
    """The queue as it stands now, and the tallies."""

    def collect(self) -> Iterator[Metric]:
        """A handful of queries over the small indexes of jobs that have not ended."""
        yield from _queue()
        yield from _housekeeping()
        yield _dependencies()
        rows = list(Tally.objects.all())
        for name, (text, labels) in _COUNTERS.items():
            yield _counter(name, text, labels, [row for row in rows if row.name == name])
        for name, (text, label) in _HISTOGRAMS.items():
            yield _histogram(name, text, label, [row for row in rows if row.name == name])


def _queue() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("amena_jobs", "Jobs that have not ended.", labels=("state", "kind"))
    for state in ACTIVE:
        found = Job.objects.filter(state=state).values_list("kind").annotate(Count("pk"))
        counts = dict(found.order_by())
        for kind in Job.Kind:
            jobs.add_metric((state, kind), counts.get(kind, 0))
    yield jobs
    waits = Job.objects.filter(state=State.QUEUED).aggregate(age=Now() - Min("queued_at"))["age"]
    yield GaugeMetricFamily(
        "amena_queue_oldest_seconds",
        "How long the first queued job has waited for a worker; 0 where none waits.",
        value=max(waits.total_seconds(), 0.0) if waits else 0.0,
    )


def _dependencies() -> Metric:
    family = GaugeMetricFamily(
        "amena_dependency_up", "Whether queue and bucket answer.", labels=("part",)
    )
    for name, answers in health.dependencies().items():
        family.add_metric((name,), float(answers))
    return family


def _housekeeping() -> Iterator[Metric]:
    late = Now() - HOUSEKEEPING_PATIENCE
    due = {
        "amena_outbox_overdue": (
            "Queued jobs whose message should have been sent minutes ago.",
            Job.objects.filter(state=State.QUEUED, dispatch_at__lt=late),
        ),
        "amena_leases_overdue": (
            "Running jobs whose lease ran out minutes ago and that nobody took back.",
            Job.objects.filter(state=State.RUNNING, lease_expires_at__lt=late),
        ),
        "amena_photos_to_purge": (
            "Photos that were deleted minutes ago and whose files are still there.",
            Photo.objects.filter(deleted_at__lt=late),
        ),
    }
    for name, (text, rows) in due.items():
        yield GaugeMetricFamily(name, text, value=rows.count())


def _counter(name: str, text: str, labels: tuple[str, ...], rows: Iterable[Tally]) -> Metric:
    family = CounterMetricFamily(f"amena_{name}", text, labels=labels)
    for row in rows:
        family.add_metric([row.labels.get(label, "") for label in labels], row.count)
    return family


def _histogram(name: str, text: str, label: str, rows: Iterable[Tally]) -> Metric:
    family = HistogramMetricFamily(f"amena_{name}", text, labels=(label,))
    by_value: defaultdict[str, list[Tally]] = defaultdict(list)
    for row in rows:
        by_value[row.labels.get(label, "")].append(row)
    for value, own in by_value.items():
        counts = {row.bucket: row.count for row in own}
        so_far, buckets = 0, []
        for bound in BUCKETS:
            so_far += counts.get(bound, 0)
            buckets.append((floatToGoString(bound), so_far))
        family.add_metric((value,), buckets, sum(row.total for row in own))
    return family
