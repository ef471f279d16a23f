"""Kernels among a run's parameters, and how large the usual initialisers make their entries."""

from __future__ import annotations

import dataclasses
import math
import re

from tb_deepdebug.findings.view import Parameters, Run

_KERAS = ("kernel", "recurrent_kernel", "pointwise_kernel")
_TORCH = re.compile(r"weight|weight_(ih|hh)_l\d+(_reverse)?|in_proj_weight|[qkv]_proj_weight")
_GATES = (4, 3, 1)  # of an LSTM, a GRU and a plain recurrent layer, as blocks of one kernel
# Layers whose kernels have no fan in the usual sense.
_NO_FAN = ("embed", "norm", "transpose", "depthwise", "separable", "bilinear", "lora", "prelu")


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel at the start of training.

    Attributes:
      place: among the run's parameters.
      name, layer, shape: of it.
      rms, largest: of its entries.
      low, high: the least and the greatest standard deviation that an initialiser in common use
        gives it.
    """

    place: int
    name: str
    layer: str
    shape: tuple[int, ...]
    rms: float
    largest: float
    low: float
    high: float

    @property
    def is_constant(self) -> bool:
        """Whether all entries have one magnitude: the greatest is the root mean square."""
        return self.largest <= self.rms * (1 + 1e-5)


def kernels(run: Run, parameters: Parameters) -> list[Kernel]:
    """Kernels with their entries before training, in the order of the parameters."""
    norms, largest = parameters.first.get("weight_norm"), parameters.first.get("weight_max")
    if norms is None or largest is None:
        return []
    found = []
    for place, (name, layer, shape) in enumerate(
        zip(parameters.names, parameters.layers, parameters.shapes, strict=True)
    ):
        if not is_kernel(run, name, layer, shape) or not math.isfinite(norms[place]):
            continue
        size = math.prod(shape)
        low, high = usual_stds(name, shape)
        rms = float(norms[place]) / math.sqrt(size)
        found.append(Kernel(place, name, layer, shape, rms, float(largest[place]), low, high))
    return found


def is_kernel(run: Run, name: str, layer: str, shape: tuple[int, ...]) -> bool:
    """Whether a parameter multiplies the layer's input, entry by entry of a matrix."""
    own = leaf(name)
    if len(shape) < 2 or 0 in shape or not (own in _KERAS or _TORCH.fullmatch(own)):
        return False
    node = run.by_name[layer].node if layer in run.by_name else None
    words = f"{layer} {node.kind if node is not None else ''}".lower()
    return not any(word in words for word in _NO_FAN)


def leaf(name: str) -> str:
    """A parameter's own name, without its layer's: "conv/kernel#2", "0.weight"."""
    return re.split(r"[/.]", name)[-1].partition("#")[0]


def is_recurrent(name: str) -> bool:
    """Whether a kernel multiplies what a recurrent layer gave one timestep before."""
    return "recurrent" in leaf(name) or "_hh_" in name


def usual_stds(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """The least and the greatest standard deviation that initialisers in common use give.

    Variances: LeCun 1 / fan in, He 2 / fan in, Glorot 2 / (fan in + fan out) (of which frameworks
    take the fans of a kernel of rank 3 or more as a convolution's), PyTorch's own 1 / (3 fan in),
    for recurrent layers 1 / (3 units) and the orthogonal 1 / columns.
    """
    torch = leaf(name) not in _KERAS
    variances: list[float] = []
    for fan_in, fan_out in _fans(shape, torch):
        variances += [1 / fan_in, 2 / fan_in, 2 / (fan_in + fan_out), 1 / (3 * fan_in)]
    if is_recurrent(name) or "_ih_" in name:
        columns = shape[0] if torch else shape[-1]
        variances += [1 / columns] + [gates / (3 * columns) for gates in _GATES]
    return math.sqrt(min(variances)), math.sqrt(max(variances))


def _fans(shape: tuple[int, ...], torch: bool) -> list[tuple[float, float]]:
    """Fans in and out that a kernel can be said to have."""
    if torch:
        field = math.prod(shape[2:])
        return [(shape[1] * field, shape[0] * field)]
    field = math.prod(shape[:-2])
    fans = [(float(shape[-2] * field), float(shape[-1] * field))]
    if len(shape) == 3:  # attention projects [width, heads, size] and back
        fans += [(shape[0], shape[1] * shape[2]), (shape[0] * shape[1], shape[2])]
    return fans
