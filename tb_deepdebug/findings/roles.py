"""What part a layer plays in its net, told from its class and its place in the graph."""

from __future__ import annotations

from tb_deepdebug.records.graph import Graph, Node

# A class whose name contains one of these, in lower case, plays the part; the first one wins.
_ROLES = (
    ("input", ("input",)),
    ("embedding", ("embed",)),
    ("normalisation", ("norm",)),
    ("dropout", ("dropout", "noise", "stochasticdepth")),
    ("pooling", ("pool",)),
    ("attention", ("attention",)),
    ("recurrent", ("lstm", "gru", "rnn", "bidirectional")),
)
_COMPUTING = ("dense", "linear", "conv", "lstm", "gru", "rnn", "attention", "einsum", "embed")


def role(graph: Graph, place: int) -> str:
    """The role of one node: "output" where nothing that learns or bends follows."""
    node = graph.nodes[place]
    kind = node.kind.lower()
    known = next((name for name, words in _ROLES if any(word in kind for word in words)), None)
    if known in ("input", "dropout"):
        return known
    if node.records and not any(_bends(graph.nodes[i]) for i in _after(graph, place)):
        return "output"
    if known is not None:
        return known
    return "hidden" if node.records else "other"


def _bends(node: Node) -> bool:
    """Whether something happens in a layer that makes the one before it a hidden one."""
    kind = node.kind.lower()
    return node.parameters > 0 or any(word in kind for word in _COMPUTING)


def _after(graph: Graph, place: int) -> set[int]:
    seen: set[int] = set()
    waiting = [place]
    while waiting:
        at = waiting.pop()
        for a, b in graph.edges:
            if a == at and b not in seen:
                seen.add(b)
                waiting.append(b)
    return seen - {place}
