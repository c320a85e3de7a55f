"""Models of the Hugging Face hub, fetched whole or not at all into folders of our own.

`python -m amena.engine.depth.hub huggingface:OWNER/MODEL@REVISION` fetches one. Every file is
compared with the hash that the hub lists for that commit before the folder gets its name; a list of
SHA-256 sums stays beside the files, and is compared whenever the model loads. A folder that is
there is never asked for again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from amena.engine.depth.description import (
    CARD,
    CONFIG,
    ONNX_FILES,
    PREPARATION,
    SUMS,
    WEIGHTS,
    describe,
)
from amena.engine.errors import EngineError, OptionsError, PackageMissingError, WeightsError
from amena.engine.estimators import Estimator, parse_estimator

_SPARE: Final = 100 * 2**20  # bytes that stay free on the disk
_CHUNK: Final = 2**20


def models_root() -> Path:
    """Where fetched models lie: `DEPTH_MODELS`, or a folder of the user's cache."""
    if root := os.environ.get("DEPTH_MODELS"):
        return Path(root)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "amena", "models")


def fetched_folder(estimator: Estimator) -> Path | None:
    """The folder of a model that has been fetched; None where it has not.

    Without a revision any that is there will do, the newest fetched first.
    """
    root = models_root()
    name = estimator.model.replace("/", "--")
    wanted = root.glob(f"{name}@{estimator.revision or '[0-9a-f]*'}")
    found = sorted(
        (each for each in wanted if each.is_dir()), key=lambda each: each.stat().st_mtime
    )
    return found[-1] if found else None


def model_folder(estimator: Estimator) -> Path:
    """The folder of an estimator's model, fetched from the hub first where it has to be.

    Raises:
        WeightsError: there is no such model, or it cannot be fetched.
    """
    if not estimator.is_on_hub:
        return Path(estimator.model)
    return fetched_folder(estimator) or fetch(estimator)


def fetch(estimator: Estimator, into: Path | None = None) -> Path:
    """Fetch a model.

    Args:
        estimator: of the hub.
        into: the folder that the model becomes, which must not exist yet; else one in
            `models_root`.

    Returns:
        The folder.

    Raises:
        PackageMissingError: huggingface_hub is not installed (`huggingface_missing`).
        WeightsError: the hub has no such model or does not give it, the disk is full, a file has
            another hash than the hub lists, or `describe` refuses the model. Nothing stays then.
    """
    hub = _library()
    name = estimator.model
    root = into.parent if into else models_root()
    with _only_one(root, name), _asking(name):
        endpoint = os.environ.get("HF_ENDPOINT") or None
        info = hub.HfApi(endpoint).model_info(
            name, revision=estimator.revision or None, files_metadata=True, timeout=30
        )
        revision = str(info.sha)
        if estimator.revision and revision != estimator.revision:
            raise WeightsError(f"The hub answered with another revision of “{name}”: {revision}.")
        folder = into or root / f"{name.replace('/', '--')}@{revision}"
        if folder.is_dir():
            return folder  # somebody was quicker
        files = _wanted({each.rfilename: each for each in info.siblings or ()}, estimator)
        _require_room(root, sum(each.size or 0 for each in files.values()), name)
        partial = root / f".{folder.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
        try:
            for file in files:
                hub.hf_hub_download(
                    name, file, revision=revision, local_dir=partial, endpoint=endpoint
                )
            shutil.rmtree(partial / ".cache", ignore_errors=True)
            sums = [f"{_verified(partial / file, entry)}  {file}" for file, entry in files.items()]
            (partial / SUMS).write_text("\n".join(sums) + "\n", "utf-8")
            if not (partial / CARD).exists():
                (partial / CARD).write_text("", "utf-8")  # no card, so the licence is unknown
            describe(partial, estimator)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def _library() -> Any:
    try:
        import huggingface_hub
    except ImportError as error:
        raise PackageMissingError(
            "Models of the hub need the huggingface_hub package. Install amena with its "
            "huggingface extra.",
            code="huggingface_missing",
        ) from error
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    return huggingface_hub


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """Turns whatever may go wrong with the hub into one clear line."""
    from huggingface_hub import errors
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    try:
        yield
    except errors.GatedRepoError as error:
        raise WeightsError(
            f"The hub gives the depth model “{name}” only to whoever has accepted its terms. "
            "Accept them on its page and set HF_TOKEN, or choose another."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise WeightsError(f"The depth model “{name}” has no such revision on the hub.") from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise WeightsError(f"The hub has no depth model “{name}”.") from error
    except errors.EntryNotFoundError as error:
        raise WeightsError(f"The hub has only parts of the depth model “{name}”.") from error
    except errors.OfflineModeIsEnabled as error:
        raise WeightsError(
            f"The depth model “{name}” is not on this machine, and HF_HUB_OFFLINE forbids fetching."
        ) from error
    except WeightsError:
        raise
    except (OSError, errors.HTTPError) as error:  # type: ignore[attr-defined]
        raise WeightsError(_unreachable(name, error)) from error


def _unreachable(name: str, error: Exception) -> str:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return f"The depth model “{name}” cannot be fetched from the hub: {reason}"


def _wanted(files: dict[str, Any], estimator: Estimator) -> dict[str, Any]:
    """What a model needs of its repository's files."""
    name = estimator.model
    if estimator.kind == "onnx":
        choice = (estimator.file,) if estimator.file else ONNX_FILES
    else:
        choice = WEIGHTS
    model = next((each for each in choice if each in files), None)
    needed = [PREPARATION] if estimator.kind == "onnx" else [CONFIG, PREPARATION]
    missing = [each for each in needed if each not in files]
    if model is None or missing:
        hint = " (as safetensors; weights that may run code are not read)"
        lacks = missing[0] if missing else choice[0] + (hint if choice is WEIGHTS else "")
        raise WeightsError(f"The hub's “{name}” is no depth model that is known. It lacks {lacks}.")
    parts = [
        each
        for each in files
        if (
            model.endswith(".index.json") and each.startswith("model-") and each.endswith("tensors")
        )
        or (estimator.kind == "onnx" and each.startswith(f"{model}_data"))
    ]
    beside = [each for each in (CONFIG, CARD, "LICENSE", "LICENSE.txt") if each in files]
    return {each: files[each] for each in dict.fromkeys([*needed, *beside, model, *parts])}


def _verified(path: Path, entry: Any) -> str:
    """The file's SHA-256, after comparing it with what the hub lists.

    Large files are listed by SHA-256, others by git's hash of a blob.
    """
    whole = hashlib.sha256()
    size = path.stat().st_size
    blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as opened:
        while part := opened.read(_CHUNK):
            whole.update(part)
            blob.update(part)
    pairs = (
        (whole.hexdigest(), entry.lfs.sha256) if entry.lfs else (blob.hexdigest(), entry.blob_id)
    )
    if pairs[0] != pairs[1]:
        raise WeightsError(
            f"{path.name} came from the hub with another hash than it lists. The download was "
            "dropped, try again."
        )
    return whole.hexdigest()


def _require_room(root: Path, size: int, name: str) -> None:
    free = shutil.disk_usage(root).free
    if free < size + _SPARE:
        raise WeightsError(
            f"No room for the depth model “{name}”. It takes {size / 1e6:.0f} MB, and {root} has "
            f"{free / 1e6:.0f} MB free."
        )


@contextmanager
def _only_one(root: Path, name: str) -> Iterator[None]:
    """Lets one process at a time fetch a model; the others wait and find it there."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / f".{name.replace('/', '--')}.lock").open("w")
    except OSError as error:
        raise WeightsError(f"Models cannot be kept in {root}: {error.strerror}.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch one model, or check one that is here, and say where it lies; 0 where that went well."""
    parser = argparse.ArgumentParser(description="Fetch a depth model, or check a folder.")
    parser.add_argument("estimator", metavar="NAME", help="huggingface:ID@REVISION and so on")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="default: DEPTH_MODELS")
    parser.add_argument("--pinned", action="store_true", help="refuse a name without a revision")
    asked = parser.parse_args(arguments)
    try:
        estimator = parse_estimator(asked.estimator)
        if asked.pinned and estimator.is_on_hub and not estimator.revision:
            raise OptionsError(
                f"Pin the model: {estimator.kind}:{estimator.model}@ and the 40 digits of a commit."
            )
        if estimator.model:
            on_hub = asked.into and estimator.is_on_hub
            folder = fetch(estimator, asked.into) if on_hub else model_folder(estimator)
            describe(folder, estimator)
            sys.stdout.write(f"{folder}\n")
    except EngineError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
