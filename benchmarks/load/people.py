"""People as Locust plays them: they look at their wall and photos, and now and then send one."""

from __future__ import annotations

import json
import os
import random
import re
import uuid
from itertools import count
from pathlib import Path

from locust import HttpUser, between, task

_FOLDER = Path(os.environ["LOAD_FOLDER"])
_SESSIONS = json.loads((_FOLDER / "sessions.json").read_text())
_PHOTO = (_FOLDER / "photo.jpg").read_bytes()
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_LINK = re.compile(r'href="(/photos/[0-9a-f-]{36}/)"')
_number = count()


class Person(HttpUser):
    """One browser, signed in."""

    wait_time = between(2, 6)

    def on_start(self) -> None:
        """Signs in as a person of their own."""
        cookie = _SESSIONS[next(_number) % len(_SESSIONS)]
        self.client.cookies.set(cookie["name"], cookie["value"])
        self.photos: list[str] = []

    @task(5)
    def look_at_the_wall(self) -> None:
        """Opens the wall with all photos."""
        page = self.client.get("/photos/", name="wall").text
        self.photos = sorted(set(_LINK.findall(page)))

    @task(4)
    def look_at_a_photo(self) -> None:
        """One photo, and how far it is, as its page asks while work goes on."""
        if self.photos:
            address = random.choice(self.photos)  # noqa: S311  no secret
            self.client.get(address, name="photo")
            self.client.get(f"{address}work/", name="progress")

    @task(2)
    def look_at_the_first_page(self) -> None:
        """Opens the first page."""
        self.client.get("/", name="first page")

    @task(2)
    def send_a_photo(self) -> None:
        """The plain form, as it works without a script."""
        page = self.client.get("/photos/", name="wall").text
        fields = {
            "csrfmiddlewaretoken": _TOKEN.search(page)[1],
            "submission": str(uuid.uuid4()),
            "motion": "circle",
        }
        file = {"photo": ("holiday.jpg", _PHOTO, "image/jpeg")}
        headers = {"Referer": f"{self.host}/photos/"}
        with self.client.post(
            "/photos/", fields, files=file, headers=headers, name="upload",
            allow_redirects=False, catch_response=True,
        ) as answer:  # fmt: skip
            if answer.status_code not in (302, 303):
                answer.failure(f"status {answer.status_code}")
