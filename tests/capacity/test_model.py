"""The simulation agrees with queueing theory where theory has an answer, and loses nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.capacity.model import Outcome, Simulation, System
from benchmarks.capacity.scenarios import DAY, PEAK, Times, arrivals, burst, rate, systems

ALWAYS = System(
    "one worker, always there", service=2, start=0, price=1, min_workers=1, max_workers=1, cap=10**9
)


def poisson(per_second: float, seconds: float, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, seconds, rng.poisson(per_second * seconds)))


def run(system: System, coming: np.ndarray, end: float) -> Outcome:
    return Simulation(system, coming, end).run()


def test_one_worker_waits_as_pollaczek_and_khinchine_say() -> None:
    load, end = 0.6, 200_000.0
    outcome = run(ALWAYS, poisson(load / ALWAYS.service, end), end)
    variation = math.exp(0.35**2) - 1  # of the log-normal service time
    expected = load / (1 - load) * ALWAYS.service * (1 + variation) / 2
    assert outcome.waits.mean() == pytest.approx(expected, rel=0.08)


def test_waiting_photos_agree_with_littles_law() -> None:
    end = 100_000.0
    outcome = run(ALWAYS, poisson(0.35, end), end)
    waiting = outcome.timeline[:, 1].mean()
    assert waiting == pytest.approx(outcome.totals.size / end * outcome.waits.mean(), rel=0.1)


def test_no_photo_is_lost_when_nodes_are() -> None:
    coming = poisson(1, 3600)
    system = replace(
        ALWAYS, min_workers=4, max_workers=8, start=60, warned_losses=4, sudden_losses=20
    )
    outcome = run(system, coming, 20_000)
    assert outcome.lost_and_repeated > 5
    assert outcome.totals.size == coming.size


def test_the_cap_turns_away_what_is_too_much() -> None:
    coming = np.linspace(0, 1, 500)
    outcome = run(replace(ALWAYS, cap=100), coming, 5000)
    assert outcome.refused + outcome.totals.size == 500
    assert 100 <= outcome.totals.size <= 102


def test_workers_come_from_zero_and_go_back() -> None:
    system = systems(Times(cpu=5, gpu=1.5))["GPU, from zero"]
    outcome = run(system, np.array([1000.0]), 5000)
    (total,) = outcome.totals
    assert system.start * 0.4 < total < system.start * 2.5 + system.polling
    workers = outcome.timeline[:, 2]
    assert workers[0] == workers[-1] == 0
    assert workers.max() == 1
    # From start to the end of the cooldown and of the empty node, and not all the time.
    assert 400 < outcome.node_hours * 3600 < 900


def test_a_warm_worker_is_paid_for_all_the_time() -> None:
    outcome = run(replace(ALWAYS, price=3), np.array([10.0]), 7200)
    assert outcome.cost == pytest.approx(6)


def test_days_have_the_volume_and_the_peak_that_is_asked_for() -> None:
    coming = arrivals(20_000, 0, 10 * DAY)
    assert coming.size == pytest.approx(200_000, rel=0.02)
    evening = ((coming % DAY) // 3600 == 19).sum() / 10 / 3600
    assert evening == pytest.approx(20_000 / DAY * PEAK, rel=0.05)
    assert rate(86_400, np.array([8 * 3600.0]))[0] == pytest.approx(2 - PEAK)


def test_a_burst_is_a_burst() -> None:
    system = systems(Times(cpu=5, gpu=1.5))["GPU, from zero"]
    outcome = burst(replace(system, cap=10**6), 10_000)
    expected = 10_000 / DAY * PEAK * (100 * 600 + 10_200)
    assert outcome.totals.size == pytest.approx(expected, rel=0.1)
