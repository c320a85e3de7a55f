"""Setting up a checkout: what the script says where it cannot go on."""

import base64
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pip
import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def machine(tmp_path):
    """A checkout with a few commands replaced; runs its bootstrap script.

    The system's own folder of programs is `system`, where there is nothing yet.
    """
    path = tmp_path / "checkout/scripts/bootstrap.sh"
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "bin").mkdir()
    text = (ROOT / "scripts/bootstrap.sh").read_text()
    assert "/usr/bin/" in text
    path.write_text(text.replace("/usr/bin/", f"{tmp_path}/system/"))

    def bootstrap(set_name, **commands):
        for name, script in commands.items():
            put(tmp_path / "bin" / name.replace("_", "-"), script)
        return subprocess.run(
            ["bash", str(path), set_name],
            env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return bootstrap


ENGINE_PACKAGES = "libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2 libfontconfig1"
OTHER_PYTHON = dict.fromkeys(("python3.11", "python3", "python"), "echo 3.13")


def test_without_rights_the_missing_packages_and_the_command_are_named(machine):
    done = machine("engine", dpkg_query="exit 1", id="echo 1000", sudo="exit 1", apt_get="exit 1")

    assert done.returncode == 1
    assert done.stderr == (
        f"Missing on this machine: {ENGINE_PACKAGES}. Install them with "
        "“sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        f"{ENGINE_PACKAGES}”, then try again.\n"
    )


def test_whoever_has_no_rights_is_told_once_of_everything(machine):
    done = machine(
        "dev",
        dpkg_query="exit 1",
        id="echo 1000",
        sudo="exit 1",
        apt_get="exit 1",
        apt_cache='echo "  Candidate: 3.11.2-6"',
        **OTHER_PYTHON,
    )

    assert done.returncode == 1
    for package in (ENGINE_PACKAGES, "gettext libatomic1", "python3.11 python3.11-venv"):
        assert package in done.stderr


@pytest.mark.parametrize(
    ("fonts", "wanted"),
    [("echo /usr/share/fonts/some.ttf: Some", False), ("exit 0", True), ("exit 127", True)],
    ids=["one", "none", "no program to ask"],
)
def test_pages_are_measured_in_japanese_letters_of_any_font(machine, fonts, wanted):
    """Without one every letter is an empty box, as wide as the box is."""
    done = machine(
        "dev", dpkg_query="exit 1", id="echo 1000", sudo="exit 1", apt_get="exit 1", fc_list=fonts
    )

    assert ("fonts-ipafont-gothic" in done.stderr) == wanted


def test_a_long_answer_of_apt_is_read_to_its_end(machine, tmp_path):
    """Whoever stops reading at the first match has apt-cache killed, and is told no."""
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache='echo "  Candidate: 3.11.2-6"; seq 200000 || exit 1',
        **OTHER_PYTHON,
    )

    assert done.returncode != 0  # as far as this machine lets it go
    assert (tmp_path / "apt").read_text().endswith(" python3.11 python3.11-venv\n")


def test_in_a_container_without_package_lists_apt_is_updated_before_it_is_asked(machine, tmp_path):
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache=f'grep -qs update {tmp_path}/apt && echo "  Candidate: 3.11.2-6"',
        **OTHER_PYTHON,
    )

    assert done.returncode != 0
    assert [line.split()[0] for line in (tmp_path / "apt").read_text().splitlines()] == [
        "update",
        "install",
    ]


def test_with_rights_they_are_installed_without_a_question(machine, tmp_path):
    done = machine(
        "engine",
        dpkg_query="exit 1",
        id="echo 1000",
        sudo='shift; exec "$@"',
        apt_get=f'echo "$DEBIAN_FRONTEND $@" >> {tmp_path}/apt; [ "$1" != install ]',
    )

    assert done.returncode != 0  # as far as this machine lets it go
    update, install = (tmp_path / "apt").read_text().splitlines()
    assert update.startswith("noninteractive update")
    assert install.startswith("noninteractive install -q -y")
    assert install.endswith(ENGINE_PACKAGES)


@pytest.mark.parametrize("candidate", ["156.0-1", "157.0-1"])
def test_the_browser_without_windows_comes_in_the_version_of_the_one_that_is_here(
    machine, tmp_path, candidate
):
    """Where it cannot be had, the set-up goes on: the tests take the other one."""
    known = "*Version*) printf 156.0-1;; *-shell) ;; *) printf installed;;"
    done = machine(
        "dev",
        dpkg_query=f'case "$*" in {known} esac',
        id="echo 0",
        chromium="exit 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache=f"echo '  Candidate: {candidate}'; echo '  Version table:'",
        **{"python3.11": '[ "$1" = -c ] && echo 3.11'},
    )

    asked = (tmp_path / "apt").exists() and (tmp_path / "apt").read_text()
    assert bool(asked) == (candidate == "156.0-1")
    assert not asked or asked.endswith(" chromium-headless-shell\n")
    assert "Creating .venv" in done.stdout


WITHOUT_VENV = '[ "$2" = "import ensurepip" ] && exit 1; echo 3.11'


def put(program, script):
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("own", "taken"),
    [("echo 3.11", "own"), (WITHOUT_VENV, "other"), ("echo 3.12", "other"), (None, "other")],
    ids=["it can", "it cannot make environments", "another version", "none"],
)
def test_the_system_s_own_python_comes_first_if_it_can_do_all_that_is_asked(
    machine, tmp_path, own, taken
):
    noted = f'[ "$1" = -c ] || echo {{}} >> {tmp_path}/taken\n{{}}'.format
    if own:
        put(tmp_path / "system/python3.11", noted("own", own))
    done = machine(
        "engine", dpkg_query="printf installed", **{"python3.11": noted("other", "echo 3.11")}
    )

    assert "Creating .venv" in done.stdout
    assert (tmp_path / "taken").read_text() == f"{taken}\n"


def test_a_system_s_own_python_that_is_the_only_one_gets_what_it_lacks(machine, tmp_path):
    put(tmp_path / "system/python3.11", WITHOUT_VENV)
    done = machine(
        "engine", dpkg_query="printf installed", id="echo 1000", sudo="exit 1", **OTHER_PYTHON
    )

    assert done.returncode == 1
    assert done.stderr.startswith("Missing on this machine: python3.11-venv. ")


def test_without_python_3_11_the_way_to_get_it_is_named(machine):
    lists = '[ "$2" != python3.11 ] && echo "  Candidate: 3.13.5-1"'
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 1000",
        sudo="exit 1",
        apt_cache=lists,
        **OTHER_PYTHON,
    )

    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert "uv python install 3.11" in done.stderr


def test_an_unknown_set_is_refused(machine):
    done = machine("everything")

    assert (done.returncode, done.stderr) == (
        2,
        "There is no set “everything”: engine, local or dev.\n",
    )


def wheel(folder, size):
    """A package of one file of random bytes, and its line in a lock file."""
    content, name = os.urandom(size), "large-1.dist-info"
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    path = folder / "large-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("large.bin", content)
        file.writestr(f"{name}/METADATA", "Metadata-Version: 2.1\nName: large\nVersion: 1\n")
        file.writestr(
            f"{name}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{name}/RECORD", f"large.bin,sha256={digest},{size}\n{name}/RECORD,,\n")
    return f"{path} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def small_disk(tmp_path):
    """The checkout stands on a disk of four megabytes, with a .venv that has the real pip."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", checkout], check=True)
    try:
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True
        )
        (packages,) = (checkout / ".venv").glob("lib/python*/site-packages")
        (packages / "pip.pth").write_text(str(Path(pip.__file__).parent.parent))
        (checkout / ".venv/bin/pip").touch()
        (checkout / "requirements").mkdir()
        yield checkout
    finally:
        subprocess.run(["umount", "--lazy", checkout], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_is_told_at_once_with_what_is_needed_and_what_is_free(
    small_disk, machine, tmp_path
):
    (small_disk / "requirements/engine.txt").write_text(wheel(tmp_path, 6 << 20))
    done = machine("engine", dpkg_query="printf installed", sleep="exit 1")

    assert done.returncode == 1
    assert "No space left on device" in done.stderr, done.stderr
    assert f"take about 1.4 GB in {small_disk}/.venv, where " in done.stderr
    free = re.search(r"\.venv, where (\d+) MB are free", done.stderr)
    assert int(free[1]) < 4
    assert "Make room, then try again.\n" in done.stderr
    assert "attempt" not in done.stdout


def test_what_else_pip_says_is_passed_on_and_tried_again(machine, tmp_path):
    (tmp_path / "checkout/.venv/bin").mkdir(parents=True)
    (tmp_path / "checkout/.venv/bin/pip").touch()
    python = tmp_path / "checkout/.venv/bin/python"
    python.write_text(
        '#!/bin/sh\ncase "$*" in *-m*) echo "no route to host" >&2; exit 1;; *) echo 3.11;; esac\n'
    )
    python.chmod(0o755)
    (tmp_path / "checkout/requirements").mkdir()
    (tmp_path / "checkout/requirements/engine.txt").touch()
    done = machine("engine", dpkg_query="printf installed", sleep="exit 0")

    assert done.returncode == 1
    assert done.stderr.count("no route to host") == 3
    assert done.stdout.count("pip did not get through") == 3
    assert done.stderr.endswith("see pip's message above. Try again later.\n")


#: pip, which has these settings, and brings uv where it is asked to.
FAKE_PIP = """#!/bin/sh
case "$*" in
  *"config list"*) echo "{settings}";;
  *"--target .venv/uv"*)
    mkdir -p .venv/uv/bin
    printf '#!/bin/sh\\necho uv "$@" >> asked; exit {status}\\n' > .venv/uv/bin/uv
    chmod +x .venv/uv/bin/uv;;
  *-m*) echo "$@" >> asked;;
  *) echo 3.11;;
esac
"""


@pytest.mark.parametrize(
    ("settings", "status", "ways"),
    [
        ("global.extra-index-url='https://more.example/simple'", 0, ["uv"]),
        ("global.timeout='60'", 1, ["uv", "-m"]),
        (":env:.index-url='https://mirror.example/simple'", 0, ["-m"]),
        ("global.no-index='true'", 0, ["-m"]),
    ],
    ids=["gets through", "does not", "would pass by a mirror", "would leave the machine"],
)
def test_the_locked_packages_come_by_uv_or_else_by_pip(machine, tmp_path, settings, status, ways):
    checkout = tmp_path / "checkout"
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/pip").touch()
    python = checkout / ".venv/bin/python"
    python.write_text(FAKE_PIP.format(settings=settings, status=status))
    python.chmod(0o755)
    (checkout / "requirements").mkdir()
    (checkout / "requirements/engine.txt").touch()
    done = machine("engine", dpkg_query="printf installed")

    assert done.returncode == 0, done.stderr
    asked = (checkout / "asked").read_text().splitlines()
    locked = [line for line in asked if "requirements/engine.txt" in line]
    assert [line.split()[0] for line in locked] == ways
    assert all("--no-deps --require-hashes" in line for line in locked)
    assert not (checkout / ".venv/uv").exists()


def test_a_venv_without_pip_is_made_anew(machine, tmp_path):
    """A full disk leaves one, or Ctrl-C."""
    python = tmp_path / "checkout/.venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3.11\n")
    python.chmod(0o755)
    done = machine(
        "engine",
        dpkg_query="printf installed",
        **{"python3.11": '[ "$1" = -c ] && echo 3.11 && exit; echo "$@" >&2; exit 1'},
    )

    assert done.returncode == 1
    assert done.stderr == "-m venv --clear .venv\n"
