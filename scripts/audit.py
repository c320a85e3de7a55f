"""Lighthouse on the first page and a result page, as production serves them; figures as Markdown.

Lighthouse is a Node.js program and needs Chromium; neither is fetched here:
    npm install --prefix ~/lighthouse lighthouse@12
    .venv/bin/python scripts/audit.py ~/lighthouse/node_modules/.bin/lighthouse
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from production import production

FORMS = {"phone": (), "desk": ("--preset=desktop",)}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")
MEASURES = (*TIMES, "cumulative-layout-shift")


def audit(lighthouse: str, address: str, cookie: str, form: str) -> dict[str, Any]:
    """Lighthouse's report on one page."""
    command = [
        lighthouse, address, *FORMS[form], "--quiet", "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
        "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
    ]  # fmt: skip
    if cookie:
        command.append(f"--extra-headers={json.dumps({'Cookie': f'sessionid={cookie}'})}")
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(  # noqa: S603
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> None:
    """Prints one table."""
    lighthouse = sys.argv[1]
    print("| page | form |", " | ".join((*CATEGORIES, *MEASURES)), "|")  # noqa: T201
    print("|---" * (2 + len(CATEGORIES) + len(MEASURES)) + "|")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder, production(Path(folder)) as (site, gallery):
        for name in ("landing", "photo", "shared"):
            path, session = gallery.pages[name]
            for form in FORMS:
                report = audit(lighthouse, site + path, session, form)
                scores = [round(100 * report["categories"][each]["score"]) for each in CATEGORIES]
                times = [report["audits"][each]["displayValue"] for each in MEASURES]
                cells = " | ".join(map(str, (*scores, *times)))
                print(f"| {name} | {form} | {cells} |", flush=True)  # noqa: T201
                for fault in report["audits"].values():
                    if fault["score"] is not None and fault["score"] < 0.9:
                        print("   ", fault["id"], fault.get("displayValue", ""), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
