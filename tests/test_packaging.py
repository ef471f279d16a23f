"""What a newcomer installs: the sdist and the wheel carry the bundle and need no Node."""

import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this checkout, with its bundle made current before Node is taken away."""
    subprocess.run([sys.executable, "tools/frontend.py", "build"], cwd=ROOT, check=True)
    return _build("build_sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the unpacked sdist, on a machine without Node."""
    return _build("build_wheel", _unpack(sdist, tmp_path_factory), tmp_path_factory.mktemp("wheel"))


def test_the_sdist_holds_sources_and_bundle(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"tb_deepdebug/static/index.js", "frontend/src/index.tsx", "LICENSE"} <= names
    assert {"frontend/package-lock.json", "tools/frontend.py", "pyproject.toml"} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_the_wheel_holds_the_package_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"tb_deepdebug", f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"}
    assert {"tb_deepdebug/static/index.js", "tb_deepdebug/plugin/loader.py"} <= names
    assert {f"tb_deepdebug/{path}" for path in ("py.typed", "plugin/http_api.md")} <= names
    sources = {f.relative_to(ROOT).as_posix() for f in ROOT.glob("tb_deepdebug/**/*.py")}
    assert sources <= names


def test_the_core_needs_no_framework(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        path = next(name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = Parser().parsestr(archive.read(path).decode())
    core = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(line.partition(">")[0] for line in core) == [
        "crc32c",
        "numpy",
        "protobuf",
        "tensorboard",
        "werkzeug",
    ]
    assert set(metadata.get_all("Provides-Extra", [])) == {
        "analysis",
        "bench",
        "demo",
        "tensorflow",
        "test",
        "torch",
    }


def test_the_wheel_installs_and_runs_without_node(wheel: Path, tmp_path: Path) -> None:
    """Its dependencies are this environment's, so that nothing is downloaded."""
    target = tmp_path / "installed"
    _run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(target), str(wheel))
    script = (
        "import pathlib, importlib.metadata as m, tb_deepdebug;"
        "p = pathlib.Path(tb_deepdebug.__file__).parent;"
        "print(p, (p / 'static/index.js').is_file(), m.version('tb-deepdebug'));"
        "[e] = m.entry_points(group='tensorboard_plugins', name='deepdebug'); print(e.load())"
    )
    said = _run(sys.executable, "-c", script, cwd=tmp_path, PYTHONPATH=str(target))
    assert said.split()[:3] == [str(target / "tb_deepdebug"), "True", wheel.name.split("-")[1]]


def test_an_unreachable_registry_is_explained(
    sdist: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One changed source makes the bundle of the sdist stale, and building it needs npm."""
    source = _unpack(sdist, tmp_path_factory)
    (source / "frontend/src/index.tsx").write_text("export function render() {}\n", "utf-8")
    environment = {**os.environ, "npm_config_registry": "http://127.0.0.1:9"}
    environment["npm_config_fetch_retries"] = "0"
    build = subprocess.run(
        [sys.executable, "tools/frontend.py", "build"],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 1
    assert "`npm ci` failed" in build.stderr
    for way in ("install a wheel", "npm_config_registry=", "DEEPDEBUG_SKIP_FRONTEND=1"):
        assert way in build.stderr


def _build(hook: str, source: Path, target: Path) -> Path:
    """By the backend itself, and without Node on PATH, so that it can't rebuild the bundle."""
    code = f"import build_backend; build_backend.{hook}({str(target)!r})"
    _run(sys.executable, "-c", code, cwd=source, PYTHONPATH=str(source / "tools"))
    [built] = target.iterdir()
    return built


def _unpack(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [source] = folder.iterdir()
    return source


def _run(*command: str, cwd: Path = ROOT, **environment: str) -> str:
    """With a PATH on which no Node is found; the output, which a failure shows."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PATH": str(cwd / "no-such-folder"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
