"""The two scripts and what is packed: the messages that a newcomer meets, and the files that must come along."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLONED = ("pyproject.toml", "constraints.txt", "scripts")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the scripts need of a clone, without a virtual environment."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in CLONED:
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, folder / name)
    return folder


def script(
    clone: Path, name: str, *arguments: str, path: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([*([str(path)] if path else []), os.environ["PATH"]])
    return subprocess.run(
        [clone / "scripts" / name, *arguments],
        cwd="/",
        env={**os.environ, "PATH": search, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def fake(folder: Path, name: str, body: str) -> None:
    """A program of this name that the scripts meet first."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


@pytest.mark.parametrize("name", ["start", "test"])
def test_an_old_python_is_refused_with_what_to_do(clone: Path, tmp_path: Path, name: str) -> None:
    for program in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        fake(tmp_path / "old", program, 'echo "Python 3.9.2"; exit 1')
    done = script(clone, name, path=tmp_path / "old", PYTHON="")
    assert done.returncode == 1
    assert "needs Python 3.11 or later, found Python 3.9.2" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_full_disk_is_noticed_before_anything_is_installed(clone: Path, tmp_path: Path) -> None:
    fake(tmp_path / "full", "df", 'printf "Filesystem 1024-blocks Used Available\\ndisk 1 1 2048\\n"')
    done = script(clone, "start", path=tmp_path / "full")
    assert done.returncode == 1
    assert "needs about 4000 MB of free disk space here, there are 2 MB" in done.stderr


@pytest.mark.parametrize("arguments", [("--port", "none"), ("--prot", "1"), ("--port",)])
def test_wrong_arguments_are_explained(clone: Path, arguments: tuple[str, ...]) -> None:
    done = script(clone, "start", *arguments)
    assert done.returncode == 1
    assert "port" in done.stderr


def test_a_taken_port_is_noticed_before_anything_is_indexed(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").symlink_to(shutil.which("python3") or "python3")
    wanted = subprocess.run(
        "{ pwd && cat pyproject.toml constraints.txt; } | cksum", shell=True, cwd=clone, capture_output=True, check=True
    )
    (clone / ".venv" / ".ready-").write_bytes(wanted.stdout)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = script(clone, "start", "--port", str(port))
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert "--port" in done.stderr


def browser_setup(clone: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Runs setup_browser alone, as scripts/test does, where no programs are but the named ones and a few tools."""
    for tool in ("bash", "basename", "tail", "cat"):
        (path / tool).symlink_to(shutil.which(tool) or tool)
    return subprocess.run(
        ["bash", "-c", "set -euo pipefail; . scripts/setup.sh; setup_browser; echo the tests run", "test"],
        cwd=clone,
        env={"PATH": str(path), "TRIED": str(path / "tried")},
        capture_output=True,
        text=True,
        check=False,
    )


APT = 'echo "$*" >>"$TRIED"; '
CHROMIUM = 'case "$*" in *install*) echo "#!/bin/sh" >"${0%/*}/chromium" && chmod +x "${0%/*}/chromium";; esac'


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_that_is_there_is_left_alone(clone: Path, tmp_path: Path, name: str) -> None:
    for program, body in (("id", "echo 0"), ("apt-get", APT), (name, "")):
        fake(tmp_path / "bin", program, body)
    done = browser_setup(clone, tmp_path / "bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, "the tests run\n", "")
    assert not (tmp_path / "bin" / "tried").exists()


def test_who_may_not_install_a_browser_is_told_that_its_tests_are_skipped(clone: Path, tmp_path: Path) -> None:
    for program, body in (("id", "echo 1000"), ("apt-get", APT)):
        fake(tmp_path / "bin", program, body)
    done = browser_setup(clone, tmp_path / "bin")
    assert (done.returncode, done.stdout) == (0, "the tests run\n")
    assert "the browser tests are skipped: on Debian, apt install chromium" in done.stderr
    assert not (tmp_path / "bin" / "tried").exists()


def test_a_system_without_apt_goes_without_the_browser_tests(clone: Path, tmp_path: Path) -> None:
    fake(tmp_path / "bin", "id", "echo 0")
    done = browser_setup(clone, tmp_path / "bin")
    assert (done.returncode, done.stdout) == (0, "the tests run\n")
    assert "the browser tests are skipped" in done.stderr


def test_root_gets_a_browser_with_a_line_that_says_so(clone: Path, tmp_path: Path) -> None:
    for program, body in (("id", "echo 0"), ("apt-get", APT + CHROMIUM)):
        fake(tmp_path / "bin", program, body)
    (tmp_path / "bin" / "chmod").symlink_to(shutil.which("chmod") or "chmod")
    done = browser_setup(clone, tmp_path / "bin")
    assert (done.returncode, done.stdout) == (0, "the tests run\n")
    assert done.stderr.splitlines() == [
        "test: installing Chromium for the browser tests (apt-get; once; about a minute)"
    ]
    update, install = (tmp_path / "bin" / "tried").read_text().splitlines()
    assert update.endswith(" update")
    assert " install -y --no-install-recommends chromium " in install


def test_a_browser_that_cannot_be_installed_does_not_end_the_tests(clone: Path, tmp_path: Path) -> None:
    for program, body in (("id", "echo 0"), ("apt-get", f'{APT}echo "E: Unable to locate $3" >&2; exit 100')):
        fake(tmp_path / "bin", program, body)
    done = browser_setup(clone, tmp_path / "bin")
    assert (done.returncode, done.stdout) == (0, "the tests run\n")
    assert "E: Unable to locate" in done.stderr
    assert "could not be installed (see above), so the browser tests are skipped" in done.stderr


def test_the_browser_is_installed_for_the_tests_and_not_for_a_start() -> None:
    assert "\nsetup_browser\n" in (ROOT / "scripts" / "test").read_text(encoding="utf-8")
    assert "setup_browser" not in (ROOT / "scripts" / "start").read_text(encoding="utf-8")


def test_ci_runs_the_test_script_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert lines[1].endswith('scripts/test"')


def test_a_distribution_carries_templates_styles_the_starter_corpus_and_what_the_ranking_reads() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = [
        f"{package.replace('.', '/')}/{name}" for package, names in packed["package-data"].items() for name in names
    ]
    needed = [path.relative_to(ROOT).as_posix() for path in (ROOT / "seeds" / "briefs").glob("*.md")]
    needed += [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "api" / "web").rglob("*.*")
        if path.suffix in {".html", ".css"}
    ]
    needed += ["seeds/questions.jsonl", "seeds/qrels.tsv", "seeds/sources.toml"]
    needed += ["api/countries.tsv", "api/weights.toml"]
    assert [path for path in needed if not any(fnmatch(path, pattern) for pattern in patterns)] == []


def test_every_package_is_packed() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    found = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for folder in ("api", "indexer", "seeds")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(packed)
