"""A finding: what is wrong in one run, since when, in which layer, and what to try."""

from __future__ import annotations

import dataclasses
import enum
from typing import Literal


class Severity(enum.IntEnum):
    """How much a finding matters: INFO does no harm that can be seen."""

    INFO = 10
    WARNING = 20
    ERROR = 30
    CRITICAL = 40

    def __str__(self) -> str:
        return self.name


@dataclasses.dataclass(frozen=True)
class Picture:
    """A small chart of evidence.

    Attributes:
      kind: "line" (x are training steps) or "bars" (x are the bars' left edges, one more than y).
      x, y: at most some 100 points; NaN where nothing is known.
      log: the y axis is logarithmic.
      y_title: what y is, a few words.
    """

    kind: Literal["line", "bars"]
    x: tuple[float, ...]
    y: tuple[float, ...]
    log: bool = False
    y_title: str = ""


@dataclasses.dataclass(frozen=True)
class Evidence:
    """One number that a finding rests on.

    Attributes:
      what: what was measured, a few words: "units that never fired".
      value, threshold: the number, and what it was held against; None where there is no bound.
      unit: of both: "", "share" (shown in per cent), "%", "x", "log10".
      n: the sample: cells, units or steps it was taken over.
      source: where the threshold is from; "ours" where nobody published one.
      kind, name, step: the record that shows it, for the picture that a reader opens.
      picture: drawn beside it.
    """

    what: str
    value: float
    threshold: float | None = None
    unit: str = ""
    n: int | None = None
    source: str = ""
    kind: str | None = None
    name: str | None = None
    step: int | None = None
    picture: Picture | None = None


@dataclasses.dataclass(frozen=True)
class Fix:
    """Something to try.

    Attributes:
      action: an imperative sentence that names the layer: "Use LeakyReLU in conv_2".
      reason: one sentence: why this should help here.
      layer: to change; None for the training as a whole.
      argument, value: what to change and to what: "activation", "leaky_relu"; "learning_rate",
        "0.001"; "kernel_initializer", "he_normal".
      weight: how well the evidence speaks for it, 0 to 1; the best comes first.
    """

    action: str
    reason: str
    layer: str | None = None
    argument: str | None = None
    value: str | None = None
    weight: float = 0.5


@dataclasses.dataclass(frozen=True)
class Rival:
    """Another explanation of the same finding: of a rule, in a layer, and how it fares.

    `refuted_by` says what would speak against it.
    """

    rule: str
    layer: str | None
    score: float
    refuted_by: str


@dataclasses.dataclass(frozen=True, eq=False)
class Finding:
    """One fault in one run.

    Attributes:
      run: the run's name.
      rule: the rule's name, a key of `tb_deepdebug.rules.CATALOGUE`.
      severity: after what the fault does to the training was weighed.
      layer: the first layer at fault; None for the training as a whole.
      first_step: since when; None where that can't be told.
      message: one sentence.
      evidence: what it rests on, the most telling first.
      caused_by: the finding that explains this one; None for a cause.
      because: the edge that explains it: "conv_3 reads conv_2, none of whose units fires".
      fixes: what to try, the best first.
      rivals: other explanations, the best first.
      before: what changed just before `first_step`, in words.
      layers: all layers with the same fault, `layer` first.
      share: how much of the layer is at fault, 0 to 1; None where that makes no sense.
    """

    run: str
    rule: str
    severity: Severity
    layer: str | None
    first_step: int | None
    message: str
    evidence: tuple[Evidence, ...] = ()
    caused_by: Finding | None = None
    because: str = ""
    fixes: tuple[Fix, ...] = ()
    rivals: tuple[Rival, ...] = ()
    before: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    share: float | None = None

    def __str__(self) -> str:
        where = f" {self.layer}" if self.layer else ""
        since = "" if self.first_step is None else f" since step {self.first_step}"
        return f"{self.severity} {self.run}{where}{since}: {self.message} [{self.rule}]"


@dataclasses.dataclass(frozen=True)
class NotApplicable:
    """A rule that could not be applied, to a layer or (None) to the run, and why."""

    reason: str
    layer: str | None = None
