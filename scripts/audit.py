"""Lighthouse on every page that a person meets, as production serves them; figures as Markdown.

Lighthouse is a Node.js program and needs Chromium; neither is fetched here:
    npm install --prefix ~/lighthouse lighthouse@12
    .venv/bin/python scripts/audit.py ~/lighthouse/node_modules/.bin/lighthouse
Names of pages after that: these alone. What costs points, and tasks that block a page for long, are
written to stderr.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright
from production import free_port, production

if TYPE_CHECKING:
    from tests.site.gallery import Gallery

FORMS = {"phone": (), "desk": ("--preset=desktop",)}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
MEASURES = (*TIMES, "cumulative-layout-shift")
#: It audits no page that answers 404.
LEFT_OUT = {"not-found"}


def pages(gallery: Gallery) -> dict[str, tuple[str, str]]:
    """Name → path, and the session it is seen with."""
    from django.urls import reverse

    job = gallery.finished.jobs.latest("pk").public_id
    further = {
        "embed": (f"{gallery.shared}embed", ""),
        "comparison": (reverse("estimates", args=[job]), gallery.cookie),
        "api-docs": (reverse("api:docs"), gallery.cookie),
    }
    return {name: page for name, page in gallery.pages.items() if name not in LEFT_OUT} | further


@contextmanager
def chromium(site: str, session: str) -> Iterator[int]:
    """A browser that somebody is signed in with, if there is a session; gives its port.

    A header that Lighthouse adds would go out with the document alone, and not with its files.
    """
    port = free_port()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as profile:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={port}"],
        )
        if session:
            context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        yield port
        context.close()


def audit(lighthouse: str, address: str, port: int, form: str) -> dict[str, Any]:
    """Lighthouse's report on one page."""
    command = [
        lighthouse, address, *FORMS[form], "--quiet", "--output=json", f"--port={port}",
        f"--only-categories={','.join(CATEGORIES)}", "--disable-storage-reset",
    ]  # fmt: skip
    for _ in range(3):  # now and then it loses its own trace (NO_NAVSTART)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            break
    else:
        sys.exit(done.stderr or f"{address}: Lighthouse ended with {done.returncode}, silent.")
    report: dict[str, Any] = json.loads(done.stdout)
    asked = [each["url"] for each in report["audits"]["network-requests"]["details"]["items"]]
    if any("/login/" in url for url in asked) and "/login/" not in address:
        sys.exit(f"{address} was seen by a stranger.")
    return report


def main() -> None:
    """Prints one table."""
    lighthouse, *wanted = sys.argv[1:]
    print("| page | form |", " | ".join((*CATEGORIES, *MEASURES)), "|")
    print("|---" * (2 + len(CATEGORIES) + len(MEASURES)) + "|")
    with tempfile.TemporaryDirectory() as folder, production(Path(folder)) as (site, gallery):
        for name, (path, session) in pages(gallery).items():
            if wanted and name not in wanted:
                continue
            for form in FORMS:
                with chromium(site, session) as port:
                    report = audit(lighthouse, site + path, port, form)
                scores = [round(100 * report["categories"][each]["score"]) for each in CATEGORIES]
                times = [report["audits"][each]["displayValue"] for each in MEASURES]
                cells = " | ".join(map(str, (*scores, *times)))
                print(f"| {name} | {form} | {cells} |", flush=True)
                for fault in report["audits"].values():
                    if fault["score"] is not None and fault["score"] < 0.9:
                        print("   ", fault["id"], fault.get("displayValue", ""), file=sys.stderr)
                for task in report["audits"]["long-tasks"]["details"]["items"]:
                    print(f"    {task['duration']:.0f} ms {task['url']}", file=sys.stderr)


if __name__ == "__main__":
    main()
