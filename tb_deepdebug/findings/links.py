"""What follows from what: the edges along which one finding can explain another.

The templates are ours; each is textbook mechanics, read forwards (a layer's state reaches what
reads it) or backwards (a blocked gradient reaches what feeds it):
input scale -> pre-activations -> saturation -> vanishing gradient upstream -> frozen weights;
a large update -> shifted pre-activations -> dead units -> constant layers downstream, no gradient
upstream; bad initialisation -> variance over depth; a first NaN -> everything after it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Literal

Where = Literal["same", "down", "up", "any"]


@dataclasses.dataclass(frozen=True)
class Link:
    """A parent's rule, a child's rule, where the child may lie, and how strong the edge is.

    `where` is the child's layer as seen from the parent's: the same, downstream ("down"), upstream
    ("up"), or anywhere, which includes findings of the training as a whole. `because` is a
    sentence of `{parent}` and `{child}` layers.
    """

    parent: str
    child: str
    where: Where
    weight: float
    because: str


LOSSES = ("loss-plateau", "loss-divergence", "loss-oscillation", "loss-spike", "fit")
# States of units that a layer passes on to what reads it.
_STILL = ("constant-over-batch", "constant-over-time", "clones", "dormant", "rarely-firing")
_STATES = ("never-firing", *_STILL, "saturated", "negative-preactivation", "preactivation-shift")
_BACKWARDS = ("vanishing-gradient", "frozen")
# Rules by how early in a training's mechanics they lie: of two findings of one moment, the one that
# comes first here is the cause.
ORDER = (
    *("non-finite", "input-data", "labels", "output-loss", "initialisation", "first-loss"),
    *("exploding-gradient", "update-ratio", "frozen", "abnormal-weights", "variance-growth"),
    *("negative-preactivation", "gates", "saturated", "never-firing", "preactivation-shift"),
    *("rarely-firing", "constant-over-batch", "constant-over-time", "clones", "dormant"),
    *("vanishing-gradient", "train-eval", "amnesia", "loss-divergence", "loss-spike"),
    *("loss-oscillation", "loss-plateau", "fit", "revived", "stalled", "reference"),
)


def _links() -> Iterator[Link]:
    every = [rule for rule in ORDER if rule not in ("revived", "stalled", "reference")]
    for child in every:
        if child != "non-finite":
            yield Link("non-finite", child, "any", 0.95, "nothing is known of values that are NaN")
    yield Link("non-finite", "non-finite", "any", 0.9, "NaN spreads from {parent} to {child}")
    yield from _of_setup()
    yield from _of_updates()
    yield from _of_states()
    yield Link("train-eval", "labels", "any", 0.7, "in inference the net is another one")
    for parent in ("vanishing-gradient", "frozen", "amnesia", "train-eval", *_STATES):
        for child in LOSSES:
            weight = 0.6 if parent in ("never-firing", "saturated", *_BACKWARDS) else 0.45
            yield Link(parent, child, "any", weight, "the net cannot learn past {parent}")


def _of_setup() -> Iterator[Link]:
    scaled = ("saturated", "never-firing", "exploding-gradient", "update-ratio", "variance-growth")
    for child in (*scaled, "preactivation-shift", "negative-preactivation", "abnormal-weights"):
        yield Link("input-data", child, "any", 0.7, "{child} sees the inputs' scale")
    for child in ("first-loss", "dormant", "vanishing-gradient", *_STILL, *LOSSES):
        yield Link("input-data", child, "any", 0.5, "the net learns from these inputs")
    for child in ("first-loss", *LOSSES, "exploding-gradient", "update-ratio", "never-firing"):
        yield Link("labels", child, "any", 0.6, "the loss is taken against these labels")
    for child in ("first-loss", *LOSSES, "vanishing-gradient", "update-ratio", *_STATES):
        yield Link("output-loss", child, "any", 0.7, "the loss reads outputs of another range")
    for child in (*_STATES, "variance-growth", "gates"):
        yield Link("initialisation", child, "same", 0.8, "{child} began with these weights")
        yield Link("initialisation", child, "down", 0.7, "{child} reads {parent}")
    for child in ("vanishing-gradient", "frozen", "exploding-gradient", "update-ratio"):
        yield Link("initialisation", child, "any", 0.65, "gradients pass the weights of {parent}")
    for child in ("first-loss", *LOSSES, "clones"):
        yield Link("initialisation", child, "any", 0.6, "training began with these weights")
    yield Link("first-loss", "exploding-gradient", "any", 0.3, "the loss begins far off")
    yield Link("variance-growth", "saturated", "down", 0.6, "the signal grows before {child}")
    yield Link("variance-growth", "saturated", "same", 0.6, "the signal has grown at {child}")
    for child in ("vanishing-gradient", "exploding-gradient", "first-loss", *LOSSES):
        yield Link("variance-growth", child, "any", 0.5, "gradients scale as the signal does")


def _of_updates() -> Iterator[Link]:
    for parent in ("exploding-gradient", "update-ratio"):
        for child in (*_STATES, "abnormal-weights", "gates"):
            # A layer stands still because of what it reads rather than by a jump of its own.
            weight = 0.5 if child in _STILL else 0.75
            yield Link(parent, child, "same", weight, "the weights of {child} jumped")
            yield Link(parent, child, "any", 0.8 * weight, "the weights before {child} jumped")
        for child in ("non-finite", *LOSSES):
            yield Link(parent, child, "any", 0.65, "steps were too large")
    yield Link("exploding-gradient", "update-ratio", "any", 0.7, "the step follows the gradient")
    yield Link("update-ratio", "exploding-gradient", "any", 0.55, "weights grew with each step")
    yield Link("update-ratio", "vanishing-gradient", "any", 0.5, "the weights jumped")
    for child in _STATES:
        yield Link("abnormal-weights", child, "same", 0.55, "{child} sums these weights")
        yield Link("abnormal-weights", child, "down", 0.4, "{child} reads {parent}")
    for child in LOSSES:
        yield Link("abnormal-weights", child, "any", 0.4, "the weights left their range")


def _of_states() -> Iterator[Link]:
    for child in ("never-firing", "rarely-firing", "dormant"):
        yield Link("negative-preactivation", child, "same", 0.7, "a ReLU passes nothing below zero")
    reads = "{child} reads {parent}, which tells it nothing"
    for parent in ("never-firing", "saturated", "constant-over-batch", "constant-over-time"):
        for child in _STILL:
            yield Link(parent, child, "down", 0.75, reads)
        for child in ("negative-preactivation", "preactivation-shift", "gates", "amnesia"):
            yield Link(parent, child, "down", 0.5, reads)
    yield Link("never-firing", "never-firing", "down", 0.75, reads)
    yield Link("saturated", "never-firing", "down", 0.3, reads)
    for child in _STILL:
        yield Link("never-firing", child, "same", 0.6, "units that are zero do not change")
        yield Link("saturated", child, "same", 0.5, "a saturated unit hardly changes")
    for parent in ("never-firing", "saturated"):
        for child in _BACKWARDS:
            yield Link(parent, child, "same", 0.75, "{parent} passes no gradient to its weights")
            yield Link(parent, child, "up", 0.75, "the gradient of {child} has to pass {parent}")
        yield Link(parent, "update-ratio", "up", 0.5, "{child} gets no gradient past {parent}")
        yield Link(parent, "amnesia", "any", 0.5, "the input's gradient has to pass {parent}")
    yield Link("preactivation-shift", "saturated", "same", 0.45, "they lie off the linear part")
    yield Link("gates", "amnesia", "any", 0.7, "shut gates of {parent} pass nothing of the past")
    yield Link("gates", "constant-over-time", "same", 0.6, "shut gates let nothing in")
    for where in ("same", "up"):
        yield Link("vanishing-gradient", "frozen", where, 0.6, "no gradient, no update")
        yield Link("vanishing-gradient", "update-ratio", where, 0.6, "no gradient, no update")
    yield Link("frozen", "vanishing-gradient", "same", 0.5, "{parent} is not trained")


def table() -> dict[tuple[str, str], tuple[Link, ...]]:
    """Links by the rules of parent and child."""
    found: dict[tuple[str, str], list[Link]] = {}
    for link in _links():
        found.setdefault((link.parent, link.child), []).append(link)
    return {key: tuple(links) for key, links in found.items()}


# What would speak against a rule's finding as the cause.
REFUTED_BY = {
    "non-finite": "a value that was not finite at an earlier step, elsewhere",
    "input-data": "the same symptoms with inputs of zero mean and unit scale",
    "labels": "the same loss with labels that were looked through by hand",
    "output-loss": "the same loss with outputs in the range that the loss expects",
    "initialisation": "the same symptoms from freshly initialised weights of the usual scale",
    "first-loss": "a first loss near that of a constant guess, and the same course",
    "exploding-gradient": "the same symptoms with gradients clipped at their median norm",
    "update-ratio": "the same symptoms at a learning rate that moves weights by 0.1 % a step",
    "frozen": "the same loss after {layer} was seen to move",
    "abnormal-weights": "the same symptoms with the weights of {layer} scaled back",
    "variance-growth": "the same symptoms with a normalisation layer in between",
    "negative-preactivation": "units of {layer} that fire although their mean is far below zero",
    "gates": "the same memory with the forget gates of {layer} open",
    "saturated": "the same symptoms with the inputs of {layer} scaled down",
    "never-firing": "the symptoms staying when LeakyReLU replaces ReLU in {layer}",
    "rarely-firing": "a larger probe on which the units of {layer} fire",
    "constant-over-batch": "examples, outside of the probe, between which {layer} tells",
    "constant-over-time": "examples, outside of the probe, along which {layer} changes",
    "clones": "the same loss with all but one unit of each group in {layer} taken away",
    "dormant": "a change of the loss when the dormant units of {layer} are taken away",
    "preactivation-shift": "the same symptoms with a normalisation layer before {layer}",
    "vanishing-gradient": "the same loss with gradients of equal size in all layers",
    "train-eval": "the same loss in training and in inference mode on one batch",
    "amnesia": "a task that needs no past: the loss with shuffled far inputs is the same",
    "fit": "a lower validation loss from more of the same data or weights",
}
