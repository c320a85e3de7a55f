"""The discrete-event model: photos arrive, KEDA counts them, nodes start, workers take them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Process = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class System:
    """One way to run the workers. Times in seconds, prices in dollars an hour."""

    name: str
    service: float  # mean time of a photo
    start: float  # from KEDA's wish to a worker that takes photos: node, image, networks
    price: float  # of a worker's node
    min_workers: int = 0
    # Ready when the simulation begins, in the middle of a day.
    first_workers: int = 0
    max_workers: int = 20
    messages_per_worker: int = 1
    polling: float = 15
    cooldown: float = 300
    # Karpenter ends an empty node after this.
    idle_node: float = 60
    # Queued and running photos beyond which uploads are turned away (QUOTA_SYSTEM_JOBS).
    cap: int = 1000
    # Losses of a node in an hour, with AWS's two minutes of warning, and without any.
    warned_losses: float = 0
    sudden_losses: float = 0


@dataclass
class Outcome:
    """What happened. `waits` and `totals` are seconds from upload to start and to the result."""

    waits: Floats
    totals: Floats
    refused: int
    lost_and_repeated: int
    node_hours: float
    cost: float
    #: Rows of (time, photos waiting, workers ready, workers wanted), one for each poll.
    timeline: Floats

    def percentile(self, q: float) -> float:
        """Of the time from upload to result; not a number where nothing came out."""
        return float(np.percentile(self.totals, q)) if self.totals.size else math.nan

    @property
    def cost_per_thousand(self) -> float:
        """Dollars of worker nodes for a thousand photos."""
        return 1000 * self.cost / max(self.totals.size, 1)


@dataclass(eq=False)
class Worker:
    """A pod on a node of its own. `lost` fires where the node goes without warning."""

    started: float
    lost: simpy.Event
    ready: bool = False
    stopping: bool = False
    #: While it has nothing to do: fires with a photo, or with None when it is to end.
    idle: simpy.Event | None = None


@dataclass
class Simulation:
    """Runs `arrivals` (ascending, seconds) through `system` from 0 to `end`."""

    system: System
    arrivals: Floats
    end: float
    seed: int = 1

    def __post_init__(self) -> None:
        """Prepares an empty system."""
        self.rng = np.random.default_rng(self.seed)
        self.env = simpy.Environment()
        self.waiting: deque[float] = deque()  # times of upload
        self.workers: list[Worker] = []
        self.in_flight = 0
        self.refused = 0
        self.repeated = 0
        self.node_seconds = 0.0
        self.arrived = self.env.event()
        self.waits: list[float] = []
        self.totals: list[float] = []
        self.timeline: list[tuple[float, float, float, float]] = []

    def run(self) -> Outcome:
        """The whole simulation."""
        for _ in range(max(self.system.min_workers, self.system.first_workers)):
            self._start_worker(warm=True)
        self.env.process(self._arrive())
        self.env.process(self._scale())
        self.env.run(until=self.end)
        self.node_seconds += sum(self.env.now - worker.started for worker in self.workers)
        hours = self.node_seconds / 3600
        return Outcome(
            np.array(self.waits),
            np.array(self.totals),
            self.refused,
            self.repeated,
            hours,
            hours * self.system.price,
            np.array(self.timeline),
        )

    def _arrive(self) -> Process:
        for moment in self.arrivals:
            yield self.env.timeout(max(moment - self.env.now, 0))
            if len(self.waiting) + self.in_flight >= self.system.cap:
                self.refused += 1
            else:
                self._send(moment)

    def _send(self, uploaded: float) -> None:
        """To a worker with nothing to do, or into the queue."""
        for worker in self.workers:
            if worker.idle and not worker.idle.triggered:
                worker.idle.succeed(uploaded)
                break
        else:
            self.waiting.append(uploaded)
        if not self.arrived.triggered:
            self.arrived.succeed()

    # --- The autoscaler -----------------------------------------------------------------------

    def _scale(self) -> Process:
        """KEDA's metric and the autoscaler's rules: up at once, down after a window of quiet."""
        system = self.system
        wishes = deque([(0.0, max(system.min_workers, system.first_workers))])
        while True:
            now, work = self.env.now, len(self.waiting) + self.in_flight
            wish = min(math.ceil(work / system.messages_per_worker), system.max_workers)
            wishes.append((now, max(wish, system.min_workers)))
            while wishes[0][0] < now - system.cooldown:
                wishes.popleft()
            # Down only to the most that was wished for in the whole window.
            wanted = max(number for _, number in wishes)
            have = len(self.workers)
            # Kubernetes' default: at most double, or four more, in fifteen seconds.
            for _ in range(min(wanted - have, max(have, 4))):
                self._start_worker()
            for worker in self._spare(have - wanted):
                self._stop(worker)
            ready = sum(worker.ready for worker in self.workers)
            self.timeline.append((now, len(self.waiting), ready, wanted))
            if work == 0 and len(self.workers) == system.min_workers == wanted:
                # Nothing changes before the next photo, so the polls until then are left out.
                self.arrived = self.env.event()
                yield self.arrived
                yield self.env.timeout(self.rng.uniform(0, system.polling))
            else:
                yield self.env.timeout(system.polling)

    def _spare(self, number: int) -> list[Worker]:
        """Workers to stop: those that are not ready yet first, as a ReplicaSet chooses."""
        order = sorted(self.workers, key=lambda worker: (worker.ready, -worker.started))
        return order[: max(number, 0)]

    def _stop(self, worker: Worker) -> None:
        """Takes a worker out of service; one that is busy ends its photo first."""
        self.workers.remove(worker)
        worker.stopping = True
        if worker.idle and not worker.idle.triggered:
            worker.idle.succeed(None)

    # --- Workers and nodes --------------------------------------------------------------------

    def _start_worker(self, warm: bool = False) -> None:
        worker = Worker(self.env.now, self.env.event(), ready=warm)
        self.workers.append(worker)
        self.env.process(self._work(worker))
        for rate, sudden in (
            (self.system.warned_losses, False),
            (self.system.sudden_losses, True),
        ):
            if rate:
                self.env.process(self._lose(worker, self.rng.exponential(3600 / rate), sudden))

    def _lose(self, worker: Worker, after: float, sudden: bool) -> Process:
        """Takes the node away. With warning the pod ends in peace, as by a scale-down."""
        yield self.env.timeout(after)
        if worker in self.workers:
            if sudden:
                worker.lost.succeed()
            self._stop(worker)

    def _work(self, worker: Worker) -> Process:
        if not worker.ready:
            yield self.env.timeout(self._around(self.system.start, 0.25))
            worker.ready = True
        while not worker.stopping:
            if self.waiting:
                uploaded: float | None = self.waiting.popleft()
            else:
                worker.idle = self.env.event()
                uploaded = yield worker.idle
                worker.idle = None
            if uploaded is not None:
                yield from self._make(worker, uploaded)
        # A node that is taken away is not paid for while Karpenter waits whether it stays empty.
        idle = 0 if worker.lost.triggered else self.system.idle_node
        self.node_seconds += self.env.now - worker.started + idle

    def _make(self, worker: Worker, uploaded: float) -> Process:
        """One photo; a worker that is told to stop ends it first, one that is lost cannot."""
        self.in_flight += 1
        begun = self.env.now
        done = self.env.timeout(self._around(self.system.service, 0.35))
        yield done | worker.lost if self.system.sudden_losses else done
        self.in_flight -= 1
        if worker.lost.triggered:
            self.repeated += 1
            self.env.process(self._send_again(uploaded))
        else:
            self.waits.append(begun - uploaded)
            self.totals.append(self.env.now - uploaded)

    def _send_again(self, uploaded: float) -> Process:
        """The lease of 30 s runs out and the reaper, which runs each minute, gives the job back."""
        yield self.env.timeout(30 + self.rng.uniform(0, 60))
        self._send(uploaded)

    def _around(self, mean: float, sigma: float) -> float:
        """A log-normal time with this mean."""
        return float(mean * self.rng.lognormal(-(sigma**2) / 2, sigma))
