"""The command `amena`: `amena upload photo.jpg --motion swing --wait -o out/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from amena.client.client import Client
from amena.client.errors import AmenaError
from amena.client.types import Job

#: Option of the command line → how its value is read.
_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "motion": str,
    "easing": str,
    "duration": float,
    "fps": int,
    "size": int,
    "amplitude": float,
    "focus": float,
    "depth_of_field": float,
    "vignette": float,
}


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0, or 1 where something did not happen, said in one line on stderr."""
    given = _parser().parse_args(arguments)
    try:
        with Client(given.url) as client:
            given.run(client, given)
    except (AmenaError, OSError) as error:
        sys.stderr.write(f"amena: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amena",
        description="3D photos from the command line.",
        epilog="The environment: AMENA_URL, where the service is; AMENA_TOKEN, from its page "
        "/tokens/.",
    )
    parser.add_argument("--url", help="where the service is, rather than AMENA_URL")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Client, Any], None], text: str) -> Any:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    upload = command("upload", _upload, "Upload photos and order their 3D photos.")
    upload.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    restyle = command("restyle", _restyle, "Order a finished photo with other options.")
    restyle.add_argument("photo", metavar="PHOTO_ID")
    for each in (upload, restyle):
        each.add_argument("--wait", action="store_true", help="until it is ready")
        each.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="wait, then download")
        for name, kind in _OPTIONS.items():
            each.add_argument(f"--{name.replace('_', '-')}", type=kind)
    command("list", _list, "List your photos, newest first.")
    download = command("download", _download, "Download the newest result of a photo.")
    download.add_argument("photo", metavar="PHOTO_ID")
    download.add_argument("-o", "--out", type=Path, default=Path(), metavar="FOLDER")
    delete = command("delete", _delete, "Delete photos and everything made from them.")
    delete.add_argument("photos", nargs="+", metavar="PHOTO_ID")
    command("motions", _motions, "List the ways to move the camera.")
    command("me", _me, "Show whose token it is, and what is used of the quota.")
    return parser


def _upload(client: Client, given: Any) -> None:
    for path in given.photos:
        photo = client.upload(path, **_options(given))
        _say(f"{photo.id}  {photo.name}")
        _follow(client, given, photo.job, photo.name)


def _restyle(client: Client, given: Any) -> None:
    photo = client.photo(given.photo)
    job = client.restyle(photo.id, **_options(given))
    _say(f"{photo.id}  {photo.name}")
    _follow(client, given, job, photo.name)


def _list(client: Client, _given: Any) -> None:
    for photo in client.photos():
        _say(f"{photo.id}  {photo.created_at:%Y-%m-%d %H:%M}  {photo.job.state:9}  {photo.name}")


def _download(client: Client, given: Any) -> None:
    photo = client.photo(given.photo)
    if photo.result is None:
        raise AmenaError(f"{photo.name} has no result yet: its job is {photo.job.state}.")
    _save(client, photo.result, given.out)


def _delete(client: Client, given: Any) -> None:
    for photo in given.photos:
        client.delete(photo)


def _motions(client: Client, _given: Any) -> None:
    for motion in client.motions():
        _say(motion.name)


def _me(client: Client, _given: Any) -> None:
    me = client.me()
    _say(me.email)
    _say(f"at work  {me.quota.active} of {me.quota.active_limit}")
    _say(f"today    {me.quota.today} of {me.quota.daily_limit}")


def _follow(client: Client, given: Any, job: Job, name: str) -> None:
    """Waits and downloads, as far as was asked."""
    if given.wait or given.out:
        # On a terminal only; nobody wants a bar in a log.
        with tqdm(total=100, desc=name, unit="%", leave=False, disable=None) as bar:
            job = client.wait(job, lambda job: _show(bar, job))
    if given.out:
        _save(client, job, given.out)


def _show(bar: Any, job: Job) -> None:
    waiting = f"waiting, {job.ahead} before it" if job.state == "queued" else job.stage
    bar.set_postfix_str(waiting, refresh=False)
    bar.update(job.progress - bar.n)
    bar.refresh()


def _save(client: Client, job: Job, folder: Path) -> None:
    for artifact in job.artifacts:
        _say(str(client.download(artifact, folder)))


def _options(given: Any) -> dict[str, Any]:
    return {name: getattr(given, name) for name in _OPTIONS if getattr(given, name) is not None}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
