"""The bare page of `charts/`, on which the tab's own chart code runs."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def chart_page() -> Iterator[Path]:
    """Builds the page as the tab is built; yields the folder that holds it."""
    npm = [sys.executable, str(_ROOT / "tools" / "frontend.py"), "npm", "exec", "--"]
    source = str(_ROOT / "benchmarks" / "charts")
    with tempfile.TemporaryDirectory() as folder:
        options = ["--outDir", folder, "--emptyOutDir", "--base", "./", "--logLevel", "error"]
        subprocess.run([*npm, "vite", "build", source, *options], check=True)
        yield Path(folder)
