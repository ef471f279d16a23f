"""The layers hold, and the check of them finds each kind of breach."""

import subprocess
import sys
from pathlib import Path

import pytest
from architecture import FRONTEND_RULES, PYTHON_RULES, VAGUE, faults

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("tensorflow", "keras", "torch", "scipy", "sklearn", "tensorboard", "google.protobuf")

# One breach each, as path, source and a piece of the rule that it breaks.
BREACHES = [
    ("stats/units.py", "import pandas", "what is pure imports numpy"),
    ("stats/units.py", "import scipy.linalg", "what is pure imports numpy"),
    ("stats/units.py", "def f():\n    import torch", "what is pure imports numpy"),
    ("records/cells.py", "from tb_deepdebug import wire", "what is pure imports numpy"),
    (
        "records/cells.py",
        "from tb_deepdebug.wire.encode import encode",
        "what is pure imports numpy",
    ),
    ("records/cells.py", "from .. import wire", "what is pure imports numpy"),
    ("records/cells.py", "from pathlib import Path", "input or output"),
    ("records/cells.py", "from tb_deepdebug.analysis import table", "records know no rules"),
    ("analysis/slices.py", "from sklearn import tree", "what is pure imports numpy"),
    ("analysis/slices.py", "from tb_deepdebug.rules import CATALOGUE", "analysis knows no rules"),
    ("rules/dead.py", "def f():\n    from sklearn import tree", "for analysis and checks"),
    ("reader.py", "from tb_deepdebug.checks import log", "what reads does not import"),
    ("checks/learner.py", "from tb_deepdebug.keras import learner", "inside functions"),
    ("checks/learner.py", "def f():\n    import torch", "only adapters, summary"),
    ("stats/units.py", "from tb_deepdebug.records import Activations", "stats know neither"),
    ("records/cells.py", "from tb_deepdebug.rules import CATALOGUE", "records know no rules"),
    ("findings/view.py", "from tb_deepdebug.rules import never_firing", "findings know no rule"),
    ("rules/dead.py", "from tb_deepdebug.rules.constant import constant", "do not import rules"),
    ("summary.py", "from tb_deepdebug import reader", "what writes does not import"),
    ("keras.py", "def f():\n    from tb_deepdebug.plugin import http", "what writes does not"),
    ("plugin/routes.py", "from tb_deepdebug.summary import activations", "what reads does not"),
    ("reader.py", "from tb_deepdebug.keras import gradients", "what reads does not import"),
    ("wire/encode.py", "from tb_deepdebug.reader import Run", "wire knows neither side"),
    ("torch/context.py", "from tb_deepdebug.keras import tf_graph", "another's"),
    ("keras/callback.py", "from tb_deepdebug.torch import DeepDebug", "another's"),
    ("plugin/loader.py", "def load():\n    import tensorflow as tf", "only adapters, summary"),
    ("plugin/loader.py", "from tensorboard.compat import tf", "only adapters, summary"),
    ("plugin/loader.py", "importlib.import_module('torch.nn')", "only adapters, summary"),
    ("writer.py", "import tensorflow", "only adapters, summary"),
    ("__init__.py", "from keras import layers", "only adapters, summary"),
    ("summary.py", "import tensorflow as tf", "inside functions"),
    ("gradients.py", "from tb_deepdebug.keras import gradients", "inside functions"),
    ("records/utils.py", "", "a name says what is inside"),
    ("frontend/src/helpers/text.ts", "", "a name says what is inside"),
    ("frontend/src/chart/a.ts", "import { state } from '../state';", "charts know no page"),
    ("frontend/src/chart/a.ts", "import { h } from 'preact';", "charts know no page"),
    ("frontend/src/chart/a.ts", "const x = await import('../ui/theme');", "charts know no page"),
    ("frontend/src/chart/a.ts", "import { Tip } from '../figures/tip';", "charts know no page"),
    ("frontend/src/chart/a.test.ts", "import '../figures/tip';", "charts know no page"),
    ("frontend/src/panels/a.tsx", "import { B } from './b';", "panels do not import panels"),
    ("frontend/src/panels/a.tsx", "export { B } from './b';", "panels do not import panels"),
    ("frontend/src/state.ts", "await fetch('index');", "only api.ts"),
]
SOUND = {
    "tb_deepdebug/stats/units.py": "import math, numpy\ndef f():\n    import scipy.stats",
    "tb_deepdebug/records/cells.py": "from tb_deepdebug.stats import units\nfrom . import names",
    "tb_deepdebug/analysis/slices.py": "def f():\n    from sklearn import tree\n    import scipy",
    "tb_deepdebug/checks/learner.py": "def f():\n    from tb_deepdebug.keras import learner",
    "tb_deepdebug/checks/baselines.py": "from tb_deepdebug.analysis import table",
    "tb_deepdebug/rules/__init__.py": "from tb_deepdebug.rules.dead import dead",
    "tb_deepdebug/rules/dead.py": "from tb_deepdebug.records import Activations",
    "tb_deepdebug/summary.py": (
        "from typing import TYPE_CHECKING\nfrom tb_deepdebug.wire import encode\n"
        "if TYPE_CHECKING:\n    import tensorflow as tf\ndef f():\n    import tensorflow as tf"
    ),
    "tb_deepdebug/keras/callback.py": "import keras\nfrom tb_deepdebug.keras import gradients",
    "tb_deepdebug/demo/train.py": "import tensorflow as tf\nfrom tb_deepdebug import keras",
    "tb_deepdebug/plugin/routes.py": "from tb_deepdebug import diagnosis, reader, wire",
    "frontend/src/api.ts": "export const get = () => fetch('index');",
    "frontend/src/chart/a.ts": "import { pool } from './pool';",
    "frontend/src/chart/a.test.ts": "import { it } from 'vitest';\nimport { pool } from './pool';",
    "frontend/src/panels/registry.ts": "import { A } from './a';\nimport { B } from './b';",
    "frontend/src/state.ts": "// fetch() is api.ts's\nimport { get } from './api';",
}


def test_the_layers_hold() -> None:
    tree = [*ROOT.glob("tb_deepdebug/**/*.py"), *ROOT.glob("frontend/src/**/*.ts*")]
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in tree}
    assert len(sources) > 20
    assert faults(sources) == []


@pytest.mark.parametrize(("path", "source", "rule"), BREACHES)
def test_a_breach_is_found(path: str, source: str, rule: str) -> None:
    full = path if path.startswith("frontend/") else f"tb_deepdebug/{path}"
    found = faults({**SOUND, full: source})
    assert found and all(line.startswith(full) for line in found), found
    assert any(rule in line for line in found), found


def test_sound_sources_have_no_breach() -> None:
    assert faults(SOUND) == []


def test_every_rule_is_proven() -> None:
    pieces = {rule for _, _, rule in BREACHES}
    for says in [*PYTHON_RULES, *FRONTEND_RULES]:
        assert any(piece in says for piece in pieces), says
    assert "utils" in VAGUE


@pytest.mark.parametrize(
    "module", ["tb_deepdebug", "tb_deepdebug.plugin.loader", "tb_deepdebug.cli"]
)
def test_an_import_is_cheap(module: str) -> None:
    """TensorBoard imports the loader at its start, and a user's script the package at its own."""
    light = () if module == "tb_deepdebug" else ("tensorboard", "google.protobuf")
    heavy = [name for name in HEAVY if name not in light]
    code = f"import sys, {module}; print(*[m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == []
