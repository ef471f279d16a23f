"""Which finding explains which: the layer graph, the onsets and the links of `findings.links`.

The earliest finding that no other explains is a cause; what follows from it, forwards or
backwards, is its consequence, with the edge that explains it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tb_deepdebug.findings import links
from tb_deepdebug.findings.before import before
from tb_deepdebug.findings.finding import Finding, Fix, Rival, Severity
from tb_deepdebug.findings.links import Link
from tb_deepdebug.findings.view import Run

_LINKS = links.table()
_RANK = {rule: rank for rank, rule in enumerate(links.ORDER)}
# An edge of less weight than this explains nothing.
LEAST_SCORE = 0.25
_MOST_RIVALS, _MOST_FIXES = 4, 5


@dataclasses.dataclass(frozen=True, eq=False)
class Edge:
    """One way to explain a child by a parent, as places in the list of findings."""

    parent: int
    child: int
    score: float
    link: Link


def explain(run: Run, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of one run, linked: causes first, gravest first, then what follows from them."""
    edges = _edges(run, findings)
    chosen = _forest(edges)
    children: dict[int, list[int]] = {}
    for edge in chosen.values():
        children.setdefault(edge.parent, []).append(edge.child)
    told: dict[int, Finding] = {}

    def gravity(place: int) -> Severity:
        """A cause is as grave as what follows from it."""
        own = findings[place].severity
        if place in chosen or own < Severity.WARNING:
            return own
        return max([own, *(findings[i].severity for i in _tree(place, children))])

    def tell(place: int) -> Finding:
        """A finding with its parent, which is told first."""
        if place not in told:
            one, edge = findings[place], chosen.get(place)
            told[place] = dataclasses.replace(
                one,
                severity=gravity(place),
                caused_by=None if edge is None else tell(edge.parent),
                because="" if edge is None else _because(edge, findings),
                fixes=_fixes(place, findings, children),
                rivals=_rivals(place, edges, chosen, findings, _tree(place, children)),
                before=before(run, one.layer, one.first_step) if edge is None else (),
            )
        return told[place]

    weight = {place: len(_tree(place, children)) for place in range(len(findings))}
    order = sorted(
        range(len(findings)),
        key=lambda i: (
            i in chosen,
            -gravity(i),
            _RANK.get(findings[i].rule, len(_RANK)),
            -weight[i],
            findings[i].first_step if findings[i].first_step is not None else 0,
            run.place.get(findings[i].layer or "", -1),
        ),
    )
    return tuple(tell(place) for place in order)


def _tree(place: int, children: dict[int, list[int]]) -> list[int]:
    """All that follows from a finding."""
    found, waiting = [], list(children.get(place, ()))
    while waiting:
        child = waiting.pop()
        found.append(child)
        waiting += children.get(child, ())
    return found


# -- edges ----------------------------------------------------------------------------------


def _edges(run: Run, findings: Sequence[Finding]) -> list[Edge]:
    """Every edge that the graph and the onsets allow, the best one for each pair."""
    found = []
    for p, parent in enumerate(findings):
        for c, child in enumerate(findings):
            if p != c:
                edge = _edge(run, p, parent, c, child)
                if edge is not None:
                    found.append(edge)
    return found


def _edge(run: Run, p: int, parent: Finding, c: int, child: Finding) -> Edge | None:
    # What does no harm explains no harm.
    if parent.severity < min(child.severity, Severity.WARNING):
        return None
    fitting = [
        link
        for link in _LINKS.get((parent.rule, child.rule), ())
        if _lies(run, link, parent, child)
    ]
    if not fitting:
        return None
    link = max(fitting, key=lambda one: one.weight)
    score = link.weight * _timing(run, parent, child) * _nearness(run, parent, child)
    share = parent.share if parent.share is not None else 1.0
    if parent.layer is not None and parent.rule in ("never-firing", "saturated"):
        score *= 0.4 + 0.6 * share  # half a layer explains less than all of it
    return Edge(p, c, score, link) if score >= LEAST_SCORE else None


def _lies(run: Run, link: Link, parent: Finding, child: Finding) -> bool:
    if link.where == "any":
        return True
    if parent.layer is None or child.layer is None:
        return False
    if link.where == "same":
        return parent.layer == child.layer
    reached = run.downstream if link.where == "down" else run.upstream
    return child.layer in reached(parent.layer)


def _timing(run: Run, parent: Finding, child: Finding) -> float:
    """1 where the parent came before; 0 where it came later than looks can tell."""
    if parent.first_step is None:
        return 0.8 if child.first_step is None else 0.5  # it can't be shown to have come before
    if child.first_step is None:
        return 0.8
    late = parent.first_step - child.first_step
    if late <= 0:
        return 1.0 if late < 0 or _precedes(run, parent, child) else 0.7
    return 0.6 if late <= _blur(run, child.first_step) else 0.0


def _blur(run: Run, step: int) -> int:
    """How far before `step` the look before it lies: an onset is known no better than that."""
    earlier = run.steps[run.steps < step]
    later = run.steps[run.steps > step]
    before_it = step - int(earlier[-1]) if len(earlier) else 0
    after_it = int(later[0]) - step if len(later) else 0
    return max(before_it, after_it)


def _precedes(run: Run, parent: Finding, child: Finding) -> bool:
    """Of one moment: which comes first in a training's mechanics, then in the net."""
    ranks = _RANK.get(parent.rule, 99), _RANK.get(child.rule, 99)
    if ranks[0] != ranks[1]:
        return ranks[0] < ranks[1]
    return run.place.get(parent.layer or "", -1) < run.place.get(child.layer or "", -1)


def _nearness(run: Run, parent: Finding, child: Finding) -> float:
    """A neighbour explains more than a layer far away."""
    if parent.layer is None or child.layer is None:
        return 1.0
    places = run.place.get(parent.layer), run.place.get(child.layer)
    if places[0] is None or places[1] is None:
        return 1.0
    return 1.0 - 0.2 * min(abs(places[0] - places[1]), 20) / 20


def _forest(edges: Sequence[Edge]) -> dict[int, Edge]:
    """The best parent of each finding; an edge that would close a circle gives way."""
    chosen: dict[int, Edge] = {}
    for edge in sorted(edges, key=lambda e: -e.score):
        if edge.child not in chosen and not _leads(chosen, edge.parent, edge.child):
            chosen[edge.child] = edge
    return chosen


def _leads(chosen: dict[int, Edge], place: int, to: int) -> bool:
    """Whether the chain of causes of `place` comes to `to`."""
    while place != to:
        if place not in chosen:
            return False
        place = chosen[place].parent
    return True


# -- words ----------------------------------------------------------------------------------


def _because(edge: Edge, findings: Sequence[Finding]) -> str:
    parent, child = findings[edge.parent], findings[edge.child]
    return edge.link.because.format(
        parent=parent.layer or parent.rule, child=child.layer or child.rule
    )


def _rivals(
    place: int,
    edges: Sequence[Edge],
    chosen: dict[int, Edge],
    findings: Sequence[Finding],
    below: Sequence[int],
) -> tuple[Rival, ...]:
    """Other parents of a consequence; of a cause, what else would explain what it explains.

    What follows from a finding (`below`) is no rival of it.
    """
    if place in chosen:
        scores = {e.parent: e.score for e in edges if e.child == place}
        scores.pop(chosen[place].parent, None)
    else:
        mine = {e.child: e.score for e in chosen.values() if e.parent == place}
        scores = {e.parent: e.score for e in edges if e.child == place}
        for edge in edges:
            if edge.child in mine and edge.parent != place:
                share = edge.score * mine[edge.child] / max(sum(mine.values()), 1e-9)
                scores[edge.parent] = scores.get(edge.parent, 0.0) + share
    outside = {parent: score for parent, score in scores.items() if parent not in below}
    best = sorted(outside.items(), key=lambda item: -item[1])[:_MOST_RIVALS]
    return tuple(_rival(findings[parent], score) for parent, score in best)


def _rival(parent: Finding, score: float) -> Rival:
    text = links.REFUTED_BY.get(parent.rule, "the same symptoms without it")
    refuted = text.format(layer=parent.layer or "the layer")
    return Rival(parent.rule, parent.layer, round(min(score, 1.0), 3), refuted)


def _fixes(
    place: int, findings: Sequence[Finding], children: dict[int, list[int]]
) -> tuple[Fix, ...]:
    """A finding's own fixes, then those of what follows from it, weighed down by distance."""
    found: dict[tuple[str | None, str | None, str | None], Fix] = {}
    waiting = [(place, 1.0)]
    while waiting:
        at, trust = waiting.pop(0)
        for fix in findings[at].fixes:
            key = (fix.layer, fix.argument, fix.value) if fix.argument else (fix.action, None, None)
            known = found.get(key)
            weighed = dataclasses.replace(fix, weight=fix.weight * trust)
            if known is None or known.weight < weighed.weight:
                found[key] = weighed
        waiting += [(child, trust * 0.6) for child in children.get(at, ())]
    ranked = sorted(found.values(), key=lambda fix: -fix.weight)
    return tuple(ranked[:_MOST_FIXES])
