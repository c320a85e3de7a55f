"""Requests to the service: the token, patience, and what is said when something goes wrong."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from amena.client.errors import AmenaError, NoAnswerError, RefusedError

_DEFAULT_URL: Final = "http://localhost:8000"
_TYPE_PREFIX: Final = "urn:amena:problem:"
_ANOTHER: Final = "{} answers, but not as Amena does. Is AMENA_URL right?"
# Every POST has an Idempotency-Key, so any request may be sent again.
_RETRIES: Final = Retry(
    total=4,
    backoff_factor=0.5,
    status_forcelist=(502, 503, 504),
    allowed_methods=None,
    raise_on_status=False,
    respect_retry_after_header=False,  # it would sleep through a day's quota
)


class Connection:
    """Asks one service in one person's name.

    Args:
        url: where the service is; else `AMENA_URL`, else this machine.
        token: made on the service's page `/tokens/`; else `AMENA_TOKEN`.
        timeout: seconds without a byte before the service counts as gone.

    Raises:
        AmenaError: there is no token.

    Every method raises `NoAnswerError` and `RefusedError`.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, timeout: float = 60
    ) -> None:
        self.url = (url or os.environ.get("AMENA_URL") or _DEFAULT_URL).rstrip("/")
        token = token or os.environ.get("AMENA_TOKEN")
        if not token:
            raise AmenaError(
                f"A token is needed. Make one at {self.url}/tokens/ and set AMENA_TOKEN to it."
            )
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.trust_env = False  # a .netrc would replace the token
        self._adapters = [HTTPAdapter(max_retries=_RETRIES) for _ in range(2)]
        for scheme, adapter in zip(("http://", "https://"), self._adapters, strict=True):
            self._session.mount(scheme, adapter)

    def __enter__(self) -> Self:
        """For `with`: the connections are closed at its end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections, also those that a caught error still refers to."""
        for adapter in self._adapters:
            pools = adapter.poolmanager.pools
            for key in pools.keys():  # noqa: SIM118  a container without iteration
                pools[key].close()
        self._session.close()

    def pages(self, path: str, filters: dict[str, str]) -> Iterator[dict[str, Any]]:
        """All entries of a list, page after page."""
        page = self.ask("GET", path, params=filters).json()
        yield from page["results"]
        while page["next"]:
            page = self.ask("GET", page["next"]).json()
            yield from page["results"]

    def ask(self, method: str, path: str, **request: Any) -> requests.Response:
        """One request; waits and asks again where it came too fast."""
        address = path if path.startswith(f"{self.url}/") else f"{self.url}/api/v1/{path}"
        if method == "POST":
            request["headers"] = {"Idempotency-Key": str(uuid.uuid4())}
        while True:
            try:
                answer = self._session.request(method, address, timeout=self._timeout, **request)
            except requests.RequestException as error:
                raise NoAnswerError(f"{self.url} does not answer. Is AMENA_URL right?") from error
            if answer.ok:
                if not _is_ours(answer, method, "stream" in request):
                    raise NoAnswerError(_ANOTHER.format(self.url))
                return answer
            refusal = _refusal(answer, self.url)
            if refusal.code != "throttled":
                raise refusal
            time.sleep(refusal.retry_after or 1)


def _is_ours(answer: requests.Response, method: str, is_file: bool) -> bool:
    """Whether a good answer may be Amena's: the sign-in page of a hotel's network is none, which
    answers everything, deletions too, with 200.
    """
    if is_file:
        return not answer.headers.get("Content-Type", "").startswith("text/html")
    if method == "DELETE" or answer.status_code == requests.codes.not_modified:
        return not answer.content
    try:
        return isinstance(answer.json(), dict)
    except ValueError:
        return False


def _refusal(answer: requests.Response, url: str) -> RefusedError:
    try:
        return _told(answer)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NoAnswerError(_ANOTHER.format(url)) from error


def _told(answer: requests.Response) -> RefusedError:
    """Raises one of four errors of Python's where this is no refusal of Amena's."""
    if answer.headers.get("Content-Type") != "application/problem+json":
        raise ValueError
    problem = answer.json()
    details = [each["detail"] for each in problem.get("errors", []) if not each["field"]]
    details += [f"{e['field']}: {e['detail']}" for e in problem.get("errors", []) if e["field"]]
    wait = answer.headers.get("Retry-After")
    return RefusedError(
        " ".join(details) or problem["detail"],
        problem["type"].removeprefix(_TYPE_PREFIX),
        answer.status_code,
        float(wait) if wait else None,
    )
