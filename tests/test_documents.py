"""What the documents name is there: files, tests, commands, variables, links."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from amena.engine.scene.notes import NOTES
from benchmarks.mutants import MUTANTS
from tests.conftest import ROOT

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("**/*.md")),
    ROOT / "training" / "README.md",
]
#: What ends the name of a file of this repository. Other names with a dot are of other worlds:
#: files that somebody makes, addresses, Python's attributes.
SUFFIXES = "py|md|js|sh|html|css|toml|yaml|yml|tf|mo|po|json|safetensors|txt|Dockerfile"
#: Files that the reader makes, or that are made on the way.
MADE = re.compile(
    r"(?:gpu|report|config|preprocessor_config)\.json|(?:schemathesis|amena)\.toml"
    r"|(?:account|digest-.*)\.yaml|(?:.*/)?model\.safetensors"
)


@cache
def tracked() -> frozenset[str]:
    names = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True)
    return frozenset(names.splitlines())


@cache
def identifiers() -> frozenset[str]:
    """All names in code."""
    kinds = (".py", ".js", ".sh", ".tf", ".yaml", ".yml", ".tpl", ".toml", "Makefile", ".example")
    found: set[str] = set()
    for name in tracked() - {"tests/test_documents.py"}:
        if name.endswith(kinds) and "/vendor" not in name and (ROOT / name).exists():
            found.update(re.findall(r"[A-Za-z_]\w*", (ROOT / name).read_text("utf-8")))
    return frozenset(found)


def code(document: Path) -> set[str]:
    """What stands between backticks, in lines and in blocks."""
    text = document.read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return {
        *re.findall(r"`([^`]+)`", lines),
        *(line for each in blocks for line in each.split("\n")),
    }


def absent(document: Path) -> set[str]:
    """What `document` names though it is not there."""
    named = code(document)
    return {
        name
        for text in named
        for check in (files, functions, targets, modules, commands, variables)
        for name in check(text)
    }


def files(text: str) -> set[str]:
    """Paths may start anywhere below the root, as they are said in the page at hand."""
    names = re.findall(
        rf"(?<![\w*{{/.:%-])(?:\./)?([\w/-][\w/.-]*\.(?:{SUFFIXES})(?![\w*.]))", text
    )
    return {
        name
        for name in names
        if not MADE.fullmatch(name)
        and not any(f"/{path}".endswith(f"/{name}") for path in tracked())
    }


def functions(text: str) -> set[str]:
    """Tests by name; an ellipsis stands for the rest of it."""
    names = re.findall(r"\btest_\w+…?(?!\w|\.py)", text)
    return {
        name
        for name in names
        if not (
            any(each.startswith(name[:-1]) for each in identifiers())
            if name.endswith("…")
            else name in identifiers()
        )
    }


def targets(text: str) -> set[str]:
    makefile = (ROOT / "Makefile").read_text()
    names = re.findall(r"(?:^|[^\w-])make (\w[\w-]*)", text)
    return {f"make {name}" for name in names if not re.search(rf"^{name}:", makefile, re.MULTILINE)}


def modules(text: str) -> set[str]:
    names = re.findall(r"-m ((?:amena|benchmarks|training)[\w.]*)", text)
    return {name for name in names if find_spec(name) is None}


def commands(text: str) -> set[str]:
    """Commands of manage.py: ours, and those of Django that we name."""
    ours = {Path(name).stem for name in tracked() if "/management/commands/" in name}
    django = {"check", "migrate", "createsuperuser", "spectacular", "shell", "clearsessions"}
    names = re.findall(r"manage\.py ([a-z]\w+)", text)
    return {f"manage.py {name}" for name in names} - {f"manage.py {n}" for n in ours | django}


def variables(text: str) -> set[str]:
    """Settings, variables and constants. Limits are composed, and compared in test_environment.

    Those of OpenMP are its own.
    """
    names = re.findall(r"(?<![\w$-])_?[A-Z][A-Z0-9]*_[A-Z0-9_]+(?![\w…*])", text)
    return {name for name in names if not name.startswith(("LIMIT_", "OMP_"))} - identifiers()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_names_is_there(document: Path) -> None:
    assert absent(document) == set()


def anchors(document: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        there = document.parent / path if path else document
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_architecture_names_every_part() -> None:
    """Packages and modules of `amena`, and every module of the engine, below its room."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = text.split("## Engine")[1].split("\n### ")[0]
    modules = {Path(name).relative_to("amena") for name in tracked() if name.startswith("amena/")}
    top = {path.parts[0] + ("/" if len(path.parts) > 1 else "") for path in modules}
    plain = {name for name in top if not name.startswith(("__", "py.typed"))}
    assert {name for name in plain if name not in text} == set()
    engine = {path for path in modules if path.parts[0] == "engine" and path.suffix == ".py"}
    inner = {path.parts[1] if len(path.parts) == 3 else path.stem for path in engine}
    said = {name for name in inner if not name.startswith("__")}
    assert {name for name in said if not re.search(rf"`[^`]*\b{name}\b", rooms)} == set()


def test_operations_tells_of_every_command_and_which_ones_only_say_what_they_would_do() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").split("## Commands")[1]
    table = text.split("\n## ")[0]
    paths = [name for name in tracked() if re.search(r"/management/commands/[a-z]\w+\.py$", name)]
    named = re.findall(r"^\| `(\w+)", table, re.MULTILINE)
    assert set(named) == {Path(name).stem for name in paths}
    without = {
        Path(name).stem for name in paths if "amena.commands" not in (ROOT / name).read_text()
    }
    assert set(re.findall(r"`(\w+)`", table.split("take `--dry-run`")[0])) == without


@pytest.mark.parametrize(
    "text",
    [
        "amena/engine/nowhere.py",
        "test_that_nobody_wrote",
        "test_that_nobody_…",
        "make tea",
        "python -m amena.nothing",
        "manage.py undo",
        "QUOTA_OF_NOTHING",
    ],
)
def test_what_is_not_there_is_found(text: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"See `{text}`.\n")
    assert absent(page)


def test_quality_lists_every_note_and_every_constant_that_is_tried() -> None:
    text = (ROOT / "docs" / "quality.md").read_text("utf-8")
    codes = text.split("says what each one\nmeans: ")[1].split("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", codes)) == set(NOTES)
    table = text.split("| module | constants |")[1].split("\n\n")[0]
    tried = {name for names in MUTANTS.values() for name in names}
    assert set(re.findall(r"`(_?[A-Z]\w+)`", table)) == tried


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Of the module, and of the classes and functions in it, with their names."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield getattr(node, "name", path.stem), text


def test_docstrings_say_something_and_say_it_plainly() -> None:
    """More than three words; no “Who …” for somebody who, no “shall”."""
    hollow, stiff = re.compile(r"\W*(?:\w+\W+){0,3}"), re.compile(r"(?:^|[.:] )Who\b|\bshall\b")
    found = {
        f"{path}: {name}"
        for path in tracked()
        if path.startswith("amena/") and path.endswith(".py") and "/migrations/" not in path
        for name, text in docstrings(ROOT / path)
        if hollow.fullmatch(text) or stiff.search(text)
    }
    assert found == set()
