"""All faults, which half of them may be used to tune rules, and those that nobody has seen."""

from __future__ import annotations

from benchmarks.faults.fault import Fault
from benchmarks.faults.injected import (
    activation,
    architecture,
    data,
    heldout,
    initialisation,
    loss,
    optimizer,
    regularisation,
)

FAULTS: tuple[Fault, ...] = (
    *data.FAULTS,
    *initialisation.FAULTS,
    *activation.FAULTS,
    *loss.FAULTS,
    *optimizer.FAULTS,
    *architecture.FAULTS,
    *regularisation.FAULTS,
)

# Apart from the halves: written later, by another hand, and judged once, after the last change.
HELDOUT: tuple[Fault, ...] = heldout.FAULTS

# Half of each group, chosen before any rule was run on them. Names, rather than places, so that a
# new fault moves none from one half to the other; what is not listed is only reported.
TUNE = frozenset(
    (
        *("unscaled", "nan-inputs", "shuffled-labels", "labels-off-by-one"),
        *("zeros", "large-weights", "bias-minus-ten", "small-weights"),
        *("sigmoid", "softmax-twice", "relu-output"),
        *("sign-flipped", "nll-of-logits"),
        *("rate-high-adam", "rate-low", "layers-left-out", "gradients-kept", "gradient-spike"),
        *("detached", "killed-relu", "bottleneck"),
        *("dropout", "stale-batchnorm", "l2"),
    )
)


def half(name: str) -> str:
    """Where a fault belongs: "tune", "report" or "heldout"."""
    if any(fault.name == name for fault in HELDOUT):
        return "heldout"
    return "tune" if name in TUNE else "report"
