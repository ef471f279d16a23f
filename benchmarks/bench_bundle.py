"""The size of what the tab loads before its lazy parts."""

import gzip
import re
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.measure import exactly

_STATIC = Path(__file__).resolve().parent.parent / "tb_deepdebug" / "static"


def run(quick: bool) -> list[Figure]:
    """gzip -9 of index.js, of every chunk that it imports statically, and of the style sheets."""
    files = eager_files(_STATIC)
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    raw = sum(path.stat().st_size for path in files)
    lazy = [path for path in _STATIC.glob("*.js") if path not in files]
    names = ", ".join(path.name for path in files)
    return [
        Figure(
            "bundle, gzip, before lazy parts",
            exactly(packed / 1e3),
            "kB",
            at_most=60,
            note=f"{names}: {raw / 1e3:.0f} kB unpacked; lazy chunks: {len(lazy)}",
        )
    ]


def eager_files(static: Path) -> list[Path]:
    """What a browser fetches before it can run index.js, and style sheets."""
    found, waiting = [*sorted(static.glob("*.css"))], [static / "index.js"]
    if not waiting[0].is_file():
        raise SystemExit("The frontend must be built first: make frontend")
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.append(path)
            waiting += [path.parent / name for name in static_imports(path.read_text("utf-8"))]
    return found


def static_imports(source: str) -> list[str]:
    """Chunks named by `import ... from` and `export ... from`, not by `import(...)`."""
    return re.findall(r"""(?:\bfrom|\bimport)\s*["']\./([^"']+)["']""", source)
