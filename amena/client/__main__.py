"""The command `amena`: `amena upload photo.jpg --motion swing --wait -o out/`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from amena.client import commands
from amena.client.client import Client
from amena.client.errors import AmenaError

#: Option of the command line → how its value is read.
_LOOK: Final[dict[str, Callable[[str], Any]]] = {
    "motion": str,
    "easing": str,
    "duration": float,
    "fps": int,
    "amplitude": float,
    "strength": str,
    "focus": float,
    "depth_of_field": float,
    "vignette": float,
    "shape": str,
    "placement": float,
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
    added = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_making(added)
    _add_photos(added)
    _add_webhooks(added)
    command(added, "motions", commands.motions, "List the ways to move the camera.")
    command(added, "options", commands.options, "List the options, with their ranges.")
    command(added, "outputs", commands.outputs, "List what can be made, and who opens it.")
    command(added, "me", commands.me, "Show whose token it is, and what is used of the quota.")
    return parser


def command(to: Any, name: str, run: Callable[[Client, Any], None], text: str) -> Any:
    """Adds the subcommand `name`, which calls `run`; `text` is its help."""
    added = to.add_parser(name, help=text, description=text)
    added.set_defaults(run=run)
    return added


def _add_making(to: Any) -> None:
    upload = command(to, "upload", commands.upload, "Upload photos and order their 3D photos.")
    upload.add_argument("photos", nargs="+", metavar="PHOTO", help="a file, or https://…")
    restyle = command(to, "restyle", commands.restyle, "Order a finished photo with other options.")
    restyle.add_argument("photo", metavar="PHOTO_ID")
    depth = command(to, "depth", commands.depth, "Order a photo with its depth replaced or edited.")
    depth.add_argument("photo", metavar="PHOTO_ID")
    depth.add_argument("depth", type=Path, metavar="PICTURE", help="grey PNG or JPEG")
    depth.add_argument("--mode", choices=("replace", "brush"), default="replace")
    depth.add_argument("--near", choices=("bright", "dark"), default="bright")
    for each in (upload, restyle):
        each.add_argument("--size", type=int, help="long side of the video in pixels")
        each.add_argument("--rotate", type=int, help="degrees to turn the photo clockwise")
        each.add_argument(
            "--stereo", metavar="LAYOUT", help="where a second view is, see “options”"
        )
        each.add_argument("--estimator", metavar="NAME", help="what makes the depth, see “options”")
    for each in (upload, restyle, depth):
        for name, kind in _LOOK.items():
            each.add_argument(f"--{name.replace('_', '-')}", type=kind)
        each.add_argument("--keyframes", type=Path, metavar="FILE", help="JSON; its own motion")
        each.add_argument("--outputs", metavar="gif,webm,…", help="files beside the usual ones")
    export = command(to, "export", commands.export, "Order further files of a photo's result.")
    export.add_argument("photo", metavar="PHOTO_ID")
    export.add_argument("outputs", nargs="+", metavar="OUTPUT", help="gif, webp, webm …")
    for each in (upload, restyle, depth, export):
        for name, kind in commands.FILE_OPTIONS.items():
            each.add_argument(f"--{name.replace('_', '-')}", type=kind, help="see “options”")
        each.add_argument("--wait", action="store_true", help="until it is ready")
        each.add_argument("-o", "--out", type=Path, metavar="FOLDER", help="wait, then download")


def _add_photos(to: Any) -> None:
    command(to, "list", commands.list_photos, "List your photos, newest first.")
    download = command(to, "download", commands.download, "Download a photo's result, all files.")
    download.add_argument("photo", metavar="PHOTO_ID")
    download.add_argument("-o", "--out", type=Path, default=Path(), metavar="FOLDER")
    download.add_argument("--kind", action="append", help="this kind of file alone; repeatable")
    archive = command(to, "archive", commands.archive, "Download several photos' files as one ZIP.")
    archive.add_argument("photos", nargs="*", metavar="PHOTO_ID", help="all photos without it")
    archive.add_argument("--files", choices=("videos", "all"), default="videos")
    archive.add_argument("-o", "--out", type=Path, default=Path("amena.zip"), metavar="FILE")
    share = command(to, "share", commands.share, "Make a link for everybody, or end it.")
    share.add_argument("photo", metavar="PHOTO_ID")
    share.add_argument("--revoke", action="store_true", help="end it")
    rename = command(to, "rename", commands.rename, "Give a photo another name.")
    rename.add_argument("photo", metavar="PHOTO_ID")
    rename.add_argument("name", metavar="NAME")
    version = command(to, "version", commands.version, "Name, choose or delete a photo's version.")
    version.add_argument("job", metavar="JOB_ID", help="the job that has made it")
    what = version.add_mutually_exclusive_group(required=True)
    what.add_argument("--name", help="what it is called; empty: what it was made with")
    what.add_argument("--choose", action="store_true", help="let it count")
    what.add_argument("--delete", action="store_true", help="delete it with its exports")
    delete = command(to, "delete", commands.delete, "Delete photos and everything made from them.")
    delete.add_argument("photos", nargs="+", metavar="PHOTO_ID")


def _add_webhooks(to: Any) -> None:
    text = "Be told how jobs end: add, list, delete, ping, enable, rotate, log."
    webhook = to.add_parser("webhook", help=text, description=text)
    actions = webhook.add_subparsers(required=True, metavar="ACTION")
    add = command(actions, "add", commands.add_webhook, "Add an address; prints its secret, once.")
    add.add_argument("address", metavar="URL")
    add.add_argument("--event", action="append", default=[], help="this event alone; repeatable")
    command(actions, "list", commands.list_webhooks, "List the addresses.")
    for name, run, help_text in (
        ("delete", commands.delete_webhook, "Delete an address with its log."),
        ("ping", commands.ping_webhook, "Send an event that means nothing."),
        ("enable", commands.enable_webhook, "Send to a disabled address again."),
        ("rotate", commands.rotate_webhook, "Make a new secret and print it."),
        ("log", commands.log_webhook, "List what was sent, newest first."),
    ):
        command(actions, name, run, help_text).add_argument("webhook", metavar="WEBHOOK_ID")


if __name__ == "__main__":
    sys.exit(main())
