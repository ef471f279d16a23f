"""What to look at when tuning: who cried wolf, and what was said of each fault."""

from __future__ import annotations

import collections
from collections.abc import Mapping

from benchmarks.faults.fault import Fault
from benchmarks.faults.verdict import Verdict, is_right_fix, is_right_layer, is_right_type
from benchmarks.faults.wilson import share


def false_alarms(healthy: list[Verdict]) -> str:
    """By variant, with the rules that raised them and one example each."""
    rows = ["| healthy variant | runs with an alarm | rules |", "| --- | --- | --- |"]
    for name in dict.fromkeys(v.outcome.name for v in healthy):
        mine = [v for v in healthy if v.outcome.name == name]
        told = collections.Counter(
            f"{rule} on {v.outcome.base}" for v in mine for rule in {a.rule for a in v.alarms}
        )
        words = ", ".join(f"{rule} ({count})" for rule, count in told.most_common())
        rows.append(f"| {name} | {share([bool(v.alarms) for v in mine])} | {words} |")
    examples: dict[str, str] = {}
    for v in healthy:
        for a in v.alarms:
            where = f"{v.outcome.name}/{v.outcome.base}/{v.outcome.seed:02d}"
            examples.setdefault(f"{a.rule} on {v.outcome.base}", f"{where}: {a.message}")
    rows += ["", *(f"- {rule}: {text}" for rule, text in sorted(examples.items()))]
    return "\n".join(rows)


def confusion(harmful: list[Verdict], faults: Mapping[str, Fault]) -> str:
    """Per fault: what is expected, and what came first, how often."""
    rows = [
        "| fault | runs | found | type | layer | fix | expected | first |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(v.outcome.name for v in harmful):
        fault, mine = faults[name], [v for v in harmful if v.outcome.name == name]
        firsts = collections.Counter(
            f"{v.outcome.base}: " + (f"{v.first.rule} @{v.first.layer}" if v.first else "nothing")
            for v in mine
        )
        layers = sum(v.first is not None and is_right_layer(v.first.layer, fault) for v in mine)
        cells = [
            f"{fault.group}/{name}",
            str(len(mine)),
            str(sum(bool(v.alarms) for v in mine)),
            str(sum(is_right_type(v.first, fault) for v in mine)),
            str(layers) if fault.layers else "",
            str(sum(is_right_fix(v.first, fault, 3) for v in mine)),
            " ".join(sorted(fault.rules)) + (f" @{' '.join(fault.layers)}" if fault.layers else ""),
            "; ".join(f"{what} ({count})" for what, count in firsts.most_common()),
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)
