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


def roles(graph: Graph) -> list[str]:
    """The role of every node: "output" where nothing that learns or bends follows."""
    children: list[list[int]] = [[] for _ in graph.nodes]
    for a, b in graph.edges:
        children[a].append(b)
    bent: dict[int, bool] = {}  # whether something that bends follows

    def ahead(place: int) -> bool:
        waiting, seen = list(children[place]), set()
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            if _bends(graph.nodes[at]) or bent.get(at):
                return True
            if at not in bent:
                waiting += children[at]
        return False

    for place in reversed(range(len(graph.nodes))):
        bent[place] = ahead(place)
    return [_role(node, bent[place]) for place, node in enumerate(graph.nodes)]


def _role(node: Node, is_bent: bool) -> str:
    kind = node.kind.lower()
    known = next((name for name, words in _ROLES if any(word in kind for word in words)), None)
    if known in ("input", "dropout"):
        return known
    if node.records and not is_bent:
        return "output"
    if known is not None:
        return known
    return "hidden" if node.records else "other"


def _bends(node: Node) -> bool:
    """Whether something happens in a layer that makes the one before it a hidden one."""
    kind = node.kind.lower()
    return node.parameters > 0 or any(word in kind for word in _COMPUTING)
