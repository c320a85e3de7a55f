"""A new version of the web comes without a lost request, by the chart's own numbers."""

from __future__ import annotations

import http.client
import itertools
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import requests

from amena.local.process import free_port
from tests.images.balancer import balancing
from tests.images.container import Container, container
from tests.images.site import PHOTO, ROOT, WEB, Site, memory, wait_until

#: Seconds from a pod's end being wanted to the load balancer's sending it nothing more: what
#: Kubernetes, the controller and AWS's interface take.
LAG = 10
#: Seconds that the uploads take from then on, well below what the server grants so small a photo.
LONG = 60


def of_the_chart(template: str, pattern: str) -> int:
    """A number that stands in one of the chart's templates."""
    found = re.search(pattern, (ROOT / "helm/amena/templates" / template).read_text())
    assert found, pattern
    return int(found[1])


#: Of another version, as a page of the one asks the other for it.
STYLE = "/static/css/site.0123456789ab.css"


def answers(address: str) -> bool:
    """Whether a probe is content."""
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


class Visitors:
    """People who look at pages and send forms, one after the other, until they are asked to go.

    Attributes:
        answered: how many requests were.
        failed: what came of those that were not.
    """

    def __init__(self, address: str, number: int) -> None:
        self.answered, self.failed = 0, list[str]()
        self._address, self._stay = address, True
        self._threads = [threading.Thread(target=self._visit) for _ in range(number)]
        for thread in self._threads:
            thread.start()

    def _visit(self) -> None:
        with requests.Session() as browser:
            for method, path in itertools.cycle(
                (
                    ("GET", "/"),
                    ("POST", "/api/v1/photos"),
                    ("GET", STYLE),
                )
            ):
                if not self._stay:
                    return
                try:
                    answer = browser.request(method, self._address + path, timeout=60)
                    if answer.status_code in (200, 401):
                        self.answered += 1
                        continue
                    self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
                except requests.RequestException as error:
                    self.failed.append(f"{method} {path}: {error!r}")

    def leave(self) -> None:
        """Waits for their last answers."""
        self._stay = False
        for thread in self._threads:
            thread.join()


@contextmanager
def visiting(address: str, number: int) -> Iterator[Visitors]:
    """They come, and leave when the block ends."""
    visitors = Visitors(address, number)
    try:
        yield visitors
    finally:
        visitors.leave()


def send_slowly(address: str, token: str, begun: threading.Barrier, end: threading.Event) -> int:
    """Uploads a photo whose last bytes come when it is time to end; gives the answer's status."""
    prepared = requests.Request(
        "POST", f"{address}/api/v1/photos", files={"photo": PHOTO.read_bytes()},
        headers={"Authorization": f"Bearer {token}"},
    ).prepare()  # fmt: skip

    def slowly() -> Iterator[bytes]:
        yield prepared.body[:-1000]
        begun.wait(60)
        end.wait(400)
        yield prepared.body[-1000:]

    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=400)
    connection.request("POST", "/api/v1/photos", slowly(), prepared.headers)
    return connection.getresponse().status


def test_a_new_version_comes_without_a_lost_request(
    site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    """Two servers of two processes, in the order and with the waits that chart and Kubernetes have.

    Uploads that began on the old one end most of a minute after the load balancer has let go of it.
    """
    waits = of_the_chart("web.yaml", r"sleep: {seconds: (\d+)}")
    grace = of_the_chart("web.yaml", r"terminationGracePeriodSeconds: (\d+)")
    delay = of_the_chart("ingress.yaml", r"deregistration_delay.timeout_seconds=(\d+)")
    ports = [free_port(), free_port()]

    def server(port: int) -> AbstractContextManager[Container]:
        command = [word.replace(":8000", f":{port}") for word in WEB.command]
        own = {"WEB_CONCURRENCY": "2"}
        log = tmp_path / f"web-{port}.log"
        return container(WEB, log, environment | own, memory("web"), command)

    def ready(port: int, process: Container) -> None:
        wait_until(lambda: "Listening at" in process.log.read_text(), process)
        for path in ("/healthz", "/readyz"):
            wait_until(partial(answers, f"http://127.0.0.1:{port}{path}"), process)

    with balancing() as balancer, server(ports[0]) as old:
        address = "http://{}:{}".format(*balancer.server_address)
        ready(ports[0], old)
        balancer.targets.append(ports[0])
        begun, end = threading.Barrier(3), threading.Event()
        with (
            ThreadPoolExecutor() as pool,
            server(ports[1]) as new,
            visiting(address, 4) as visitors,
        ):
            try:
                # No old pod ends before a new one is ready (maxUnavailable: 0), which it only is
                # once the load balancer sends to it (the controller's gate).
                ready(ports[1], new)
                uploads = [
                    pool.submit(send_slowly, address, site.token, begun, end) for _ in range(2)
                ]
                begun.wait(60)
                balancer.targets.append(ports[1])
                told = time.monotonic()
                time.sleep(LAG)
                balancer.take_out(ports[0], delay)
                time.sleep(waits - LAG)
                os.kill(old.pid, signal.SIGTERM)
                time.sleep(LONG - waits)
                assert old.popen.poll() is None
                end.set()
                assert [upload.result() for upload in uploads] == [202, 202]
                old.popen.wait(timeout=told + grace - time.monotonic())
            finally:
                end.set()
        assert min(balancer.served[port] for port in ports) > 5
    sys.stdout.write(f"{visitors.answered} answered, {len(visitors.failed)} failed\n")
    assert visitors.failed == []
