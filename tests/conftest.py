"""Fixtures that more than one test file uses."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from needs import missing, needs

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("untimed")

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, as a Playwright `Browser`; see tools/install_browser.sh."""
    with needs("playwright.sync_api").sync_playwright() as playwright:
        path = _chromium() or playwright.chromium.executable_path
        if not Path(path).is_file():
            missing("needs a Chromium: run tools/install_browser.sh, or set CHROME to one")
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


def _chromium() -> str | None:
    """The browser that CHROME names, or one on PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROME") or next(filter(None, map(shutil.which, names)), None)
