"""What is counted where no scrape would see it: in workers and housekeeping that come and go."""

from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """One number that only grows. Written by `amena.metrics.tallies` alone.

    Attributes:
        name: the metric's, without prefix and suffix.
        labels: the metric's labels and their values.
        bucket: a histogram's upper bound, seconds; 0 for a plain counter.
        count: how often it happened, in this bucket alone.
        total: the sum of the values observed in this bucket.
    """

    name = models.CharField(max_length=40)
    labels = models.JSONField(default=dict)
    bucket = models.FloatField(default=0)
    count = models.PositiveBigIntegerField(default=0)
    total = models.FloatField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["name", "labels", "bucket"], name="one_tally_each"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.labels} {self.bucket:g}: {self.count}"
