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
from contextlib import AbstractContextManager
from pathlib import Path

import requests

from amena.local.process import free_port
from tests.images.balancer import balancing
from tests.images.container import Container, container
from tests.images.site import PHOTO, ROOT, WEB, Site, memory, wait_until

#: Seconds from a pod's end being wanted to the load balancer's sending it nothing more: what
#: Kubernetes, the controller and AWS's interface take.
LAG = 10


def of_the_chart(template: str, pattern: str) -> int:
    """A number that stands in one of the chart's templates."""
    found = re.search(pattern, (ROOT / "helm/amena/templates" / template).read_text())
    assert found, pattern
    return int(found[1])


#: Of another version, as a page of the one asks the other for it.
STYLE = "/static/css/site.0123456789ab.css"


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
        self._stay = False
        for thread in self._threads:
            thread.join()


def send_slowly(address: str, token: str, seconds: float) -> int:
    """Uploads a photo over a poor connection in so many seconds; gives the answer's status."""
    prepared = requests.Request(
        "POST", f"{address}/api/v1/photos", files={"photo": PHOTO.open("rb")},
        headers={"Authorization": f"Bearer {token}"},
    ).prepare()  # fmt: skip
    parts = 100
    size = -(-len(prepared.body) // parts)

    def slowly() -> Iterator[bytes]:
        for start in range(0, len(prepared.body), size):
            yield prepared.body[start : start + size]
            time.sleep(seconds / parts)

    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=400)
    connection.request("POST", "/api/v1/photos", slowly(), prepared.headers)
    return connection.getresponse().status


def test_a_new_version_comes_without_a_lost_request(
    site: Site, environment: dict[str, str], tmp_path: Path
) -> None:
    """Two servers of two processes, in the order and with the waits that chart and Kubernetes have.

    An upload that began before the old one had to go takes longer than anything else.
    """
    sleep = of_the_chart("web.yaml", r"sleep: {seconds: (\d+)}")
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
            assert requests.get(f"http://127.0.0.1:{port}{path}", timeout=60).ok

    with balancing() as balancer, server(ports[0]) as old:
        address = "http://{}:{}".format(*balancer.server_address)
        ready(ports[0], old)
        balancer.targets.append(ports[0])
        visitors = Visitors(address, 4)
        try:
            with server(ports[1]) as new, ThreadPoolExecutor() as pool:
                # No new pod, no end of an old one (maxUnavailable: 0), and the controller's gate.
                ready(ports[1], new)
                balancer.targets.append(ports[1])
                told = time.monotonic()
                balancer.targets.reverse()
                uploads = [
                    pool.submit(send_slowly, address, site.token, sleep + 30) for _ in range(2)
                ]
                time.sleep(LAG)
                balancer.take_out(ports[0], delay)
                time.sleep(sleep - LAG)
                os.kill(old.pid, signal.SIGTERM)
                old.popen.wait(timeout=told + grace - time.monotonic())
                assert [upload.result() for upload in uploads] == [202, 202]
                assert balancer.served[ports[0]] > 5
                before = balancer.served[ports[1]]
                wait_until(lambda: balancer.served[ports[1]] > before + 20, new)
        finally:
            visitors.leave()
    sys.stdout.write(f"{visitors.answered} answered, {len(visitors.failed)} failed\n")
    assert visitors.failed == []
