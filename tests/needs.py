"""What a test cannot do without: absent, it is skipped, and fails where CI promises to have it."""

import importlib
import os
from typing import Any, NoReturn

import pytest


def needs(module: str) -> Any:
    """Import a framework for a whole test file: `tf = needs("tensorflow")`."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        reason = f"needs {module}: {error}"
    missing(reason)


def missing(reason: str) -> NoReturn:
    """Skip for `reason`, or fail under CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
