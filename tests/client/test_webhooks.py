"""Receivers tell the service's requests from others."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from amena.client.webhooks import SignatureError, verify

pytestmark = pytest.mark.service

# The example that libraries for Standard Webhooks test themselves with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
EXAMPLE_BODY = b'{"test": 2432232314}'
EVER = float("inf")


def test_the_convention_s_own_example_has_a_good_signature() -> None:
    with pytest.raises(KeyError, match="type"):  # its body is no event of ours
        verify(EXAMPLE_BODY, EXAMPLE, SECRET, tolerance=EVER)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (EXAMPLE, EXAMPLE_BODY + b" "),
        (EXAMPLE | {"webhook-id": "msg_other"}, EXAMPLE_BODY),
        (EXAMPLE | {"webhook-timestamp": "1614265331"}, EXAMPLE_BODY),
        (EXAMPLE | {"webhook-signature": "v1,AAAA v2,BBBB ümläut"}, EXAMPLE_BODY),
        (EXAMPLE | {"webhook-signature": ""}, EXAMPLE_BODY),
        (EXAMPLE | {"webhook-timestamp": "now"}, EXAMPLE_BODY),
        ({}, EXAMPLE_BODY),
    ],
)
def test_anything_changed_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(body, headers, SECRET, tolerance=EVER)


def test_another_secret_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(EXAMPLE_BODY, EXAMPLE, "whsec_AAAA", tolerance=EVER)
    with pytest.raises(ValueError, match="whsec_"):
        verify(EXAMPLE_BODY, EXAMPLE, "no secret!", tolerance=EVER)


def test_an_old_request_sent_again_is_refused() -> None:
    with pytest.raises(SignatureError, match="too old"):
        verify(EXAMPLE_BODY, EXAMPLE, SECRET)
    ahead = EXAMPLE | {"webhook-timestamp": str(int(time.time()) + 600)}
    with pytest.raises(SignatureError, match="too old"):
        verify(EXAMPLE_BODY, ahead, SECRET)


def test_names_of_headers_may_come_in_any_case() -> None:
    upper = {name.title(): value for name, value in EXAMPLE.items()}
    with pytest.raises(KeyError, match="type"):
        verify(EXAMPLE_BODY, upper, SECRET, tolerance=EVER)


def test_the_lines_in_the_documentation_do_the_same() -> None:
    text = (Path(__file__).parent.parent.parent / "docs/api.md").read_text()
    (lines,) = re.findall(r"```python\n(.*?)```", text.split("## Webhooks")[1], re.DOTALL)
    documented: dict[str, Any] = {}
    exec(lines, documented)  # noqa: S102  they are ours
    documented["time"] = SimpleNamespace(time=lambda: 1614265330)
    is_ours = documented["is_ours"]
    assert is_ours(EXAMPLE_BODY, EXAMPLE, SECRET)
    assert not is_ours(EXAMPLE_BODY + b" ", EXAMPLE, SECRET)
    assert not is_ours(EXAMPLE_BODY, EXAMPLE, "whsec_AAAA")
    documented["time"] = SimpleNamespace(time=lambda: 1614265330 + 301)
    assert not is_ours(EXAMPLE_BODY, EXAMPLE, SECRET)
