"""What the commands of `amena` do. Each gets the client and what was given on the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from amena.client.client import Client
from amena.client.errors import AmenaError
from amena.client.types import Artifact, Job, Photo

_OPTIONS: Final = (
    "motion", "easing", "duration", "fps", "size", "rotate", "stereo", "amplitude", "strength",
    "focus", "depth_of_field", "vignette", "shape", "placement", "estimator",
    "loop_limit", "lpi", "dpi", "print_inches", "compare",
)  # fmt: skip


def _listed(text: str) -> list[str]:
    return text.split(",")


#: Option of single files → how its value is read.
FILE_OPTIONS: Final[dict[str, Callable[[str], Any]]] = {
    "loop_limit": float, "lpi": float, "dpi": int, "print_inches": float, "compare": _listed,
}  # fmt: skip


def upload(client: Client, given: Any) -> None:
    """Files or addresses, one after the other."""
    for place in given.photos:
        if place.startswith(("https://", "http://")):
            photo = client.upload_url(place, **_options(given))
        else:
            photo = client.upload(Path(place), **_options(given))
        _say(f"{photo.id}  {photo.name}")
        _follow(client, given, photo.job, photo.name)


def restyle(client: Client, given: Any) -> None:
    """Orders another 3D photo of a finished photo."""
    photo = client.photo(given.photo)
    job = client.restyle(photo.id, **_options(given))
    _say(f"{photo.id}  {photo.name}")
    _follow(client, given, job, photo.name)


def depth(client: Client, given: Any) -> None:
    """Orders a photo with its depth replaced or edited."""
    photo = client.photo(given.photo)
    job = client.edit_depth(photo.id, given.depth, given.mode, given.near, **_options(given))
    _say(f"{photo.id}  {photo.name}")
    _follow(client, given, job, photo.name)


def export(client: Client, given: Any) -> None:
    """Orders further files of the newest result."""
    photo = client.photo(given.photo)
    how = {name: getattr(given, name) for name in FILE_OPTIONS if getattr(given, name) is not None}
    job = client.export(_result(photo).id, *given.outputs, **how)
    _say(f"{photo.id}  {photo.name}")
    _follow(client, given, job, photo.name)


def list_photos(client: Client, _given: Any) -> None:
    """Prints one photo on each line, newest first."""
    for photo in client.photos():
        _say(f"{photo.id}  {photo.created_at:%Y-%m-%d %H:%M}  {photo.job.state:9}  {photo.name}")


def download(client: Client, given: Any) -> None:
    """Saves all files of the newest result, or those of some kinds."""
    photo = client.photo(given.photo)
    _result(photo)
    files = photo.artifacts
    if missing := [kind for kind in given.kind or () if kind not in files]:
        raise AmenaError(
            f"{photo.name} has no {missing[0]}, but {', '.join(files)}. “amena export” adds more."
        )
    _save(client, [files[kind] for kind in given.kind or files], given.out)


def archive(client: Client, given: Any) -> None:
    """Saves the files of several photos as one ZIP."""
    _say(str(client.archive(given.out, *given.photos, files=given.files)))


def share(client: Client, given: Any) -> None:
    """Prints the link of a photo, or ends it."""
    if given.revoke:
        client.unshare(given.photo)
    else:
        _say(client.share(given.photo).url)


def rename(client: Client, given: Any) -> None:
    """Gives a photo another name."""
    client.rename(given.photo, given.name)


def version(client: Client, given: Any) -> None:
    """Names, chooses or deletes one version of a photo."""
    if given.name is not None:
        client.rename_version(given.job, given.name)
    elif given.choose:
        client.choose_version(given.job)
    else:
        client.delete_version(given.job)


def delete(client: Client, given: Any) -> None:
    """Deletes photos and everything made from them."""
    client.delete(*given.photos)


def motions(client: Client, _given: Any) -> None:
    """Prints one motion on each line."""
    for motion in client.motions():
        _say(motion.name)


def options(client: Client, _given: Any) -> None:
    """Prints the name, range and meaning of each option."""
    for option in client.options():
        choices = ", ".join(map(str, option.choices))
        span = "" if option.minimum is None else f"{option.minimum:g} to {option.maximum:g}"
        _say(f"{option.name:15} {choices or span}\n{'':15} {option.description}")


def outputs(client: Client, _given: Any) -> None:
    """Prints, by what people want them for, the files that can be made and who opens each."""
    group: str | None = ""
    for each in sorted(client.formats(), key=lambda each: each.group or "~"):
        if each.group != group:
            group = each.group
            _say(group or "For programs alone")
        _say(f"  {each.output or 'always':16} {each.title}. {each.opens}".rstrip())
        cost = f"about {each.megabytes:g} MB in {each.seconds:g} s"
        colours = ", Display P3 where the photo is" if each.wide_gamut else ""
        _say(f"  {'':16} {each.kind}, {each.content_type}, {each.extension}, {cost}{colours}")


def me(client: Client, _given: Any) -> None:
    """Prints whose token it is, and how much of the quota is used."""
    told = client.me()
    _say(told.email)
    _say(f"at work  {told.quota.active} of {told.quota.active_limit}")
    _say(f"held     {told.quota.held} of {told.quota.held_limit}")
    _say(f"today    {told.quota.today} of {told.quota.daily_limit}")
    _say(f"changes  {told.quota.changes_today} of {told.quota.changes_limit}")


def add_webhook(client: Client, given: Any) -> None:
    """Prints the id and the secret."""
    webhook = client.add_webhook(given.address, *given.event)
    _say(f"{webhook.id}  {webhook.secret}")


def list_webhooks(client: Client, _given: Any) -> None:
    """Prints one webhook on each line."""
    for each in client.webhooks():
        _say(f"{each.id}  {each.disabled_reason or 'in use':8}  {each.url}")


def delete_webhook(client: Client, given: Any) -> None:
    """Deletes a webhook with its log."""
    client.delete_webhook(given.webhook)


def ping_webhook(client: Client, given: Any) -> None:
    """Prints the event's id."""
    _say(str(client.ping_webhook(given.webhook).id))


def enable_webhook(client: Client, given: Any) -> None:
    """Sends to a disabled webhook again."""
    client.enable_webhook(given.webhook)


def rotate_webhook(client: Client, given: Any) -> None:
    """Prints the new secret."""
    _say(client.rotate_webhook(given.webhook).secret)


def log_webhook(client: Client, given: Any) -> None:
    """Prints one delivery on each line."""
    for each in client.deliveries(given.webhook):
        how = each.error or (each.status and str(each.status)) or "not sent yet"
        _say(f"{each.created_at:%Y-%m-%d %H:%M}  {each.event:13}  {each.state:9}  {how}")


def _result(photo: Photo) -> Job:
    if photo.result is None:
        raise AmenaError(f"{photo.name} has no result yet: its job is {photo.job.state}.")
    return photo.result


def _follow(client: Client, given: Any, job: Job, name: str) -> None:
    """Waits and downloads, as far as was asked."""
    if given.wait or given.out:
        # On a terminal only; nobody wants a bar in a log.
        with tqdm(total=100, desc=name, unit="%", leave=False, disable=None) as bar:
            job = client.wait(job, lambda job: _show(bar, job))
    if given.out:
        _save(client, job.artifacts, given.out)


def _show(bar: Any, job: Job) -> None:
    waiting = f"waiting, {job.ahead} before it" if job.state in ("held", "queued") else job.stage
    bar.set_postfix_str(waiting, refresh=False)
    bar.update(job.progress - bar.n)
    bar.refresh()


def _save(client: Client, artifacts: list[Artifact] | tuple[Artifact, ...], folder: Path) -> None:
    for artifact in artifacts:
        _say(str(client.download(artifact, folder)))


def _options(given: Any) -> dict[str, Any]:
    values = {name: getattr(given, name, None) for name in _OPTIONS}
    options = {name: value for name, value in values.items() if value is not None}
    if given.keyframes:
        options |= {"motion": "keyframes", "keyframes": _json(given.keyframes)}
    if given.outputs:
        options["outputs"] = _listed(given.outputs)
    return options


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise AmenaError(f"The keyframes in {path} cannot be read as JSON.") from error


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
