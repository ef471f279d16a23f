"""What never imports what: a table, and a pure function that finds every breach of it.

An import is written as a line, `importer -> imported`, or `importer ~> imported` where it happens
inside a function or for type checkers only. A rule is a pattern that no line may match. What is
imported from the standard library reads `std.os`, from npm `npm:preact`.
"""

import ast
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

US = r"tb_deepdebug\."
PURE = rf"{US}(records|stats|analysis|findings|rules)\b"
WRITE = (
    rf"{US}(summary|tf_summary|writer|probe|change|what_if|recorder|checks|gradients|keras|torch)\b"
)
READ = rf"{US}(reader|listing|stored|run_views|diagnosis|plugin)\b"
KERAS, TORCH = rf"{US}(keras|tf_summary)\b", rf"{US}torch\b"
FRAMEWORK = r"(tensorflow|keras|torch|jax|tensorboard\.compat\.tf)\b"
IO = r"std\.(io|os|pathlib|shutil|socket|subprocess|tempfile|urllib|http)\b"

PYTHON_RULES = {
    "what is pure imports numpy, the standard library and each other": (
        rf"{PURE}.* (->|~>(?! scipy| sklearn)) (?!std\.|numpy\b|{PURE})"
    ),
    "scikit-learn is for analysis and checks": (
        rf"(?!{US}(analysis|checks|demo)\b).* [-~]> sklearn\b"
    ),
    "what is pure does no input or output": rf"{PURE}.* [-~]> {IO}",
    "stats know neither records nor rules": (
        rf"{US}stats\b.* [-~]> {US}(records|analysis|findings|rules)\b"
    ),
    "records know no rules": rf"{US}records\b.* [-~]> {US}(analysis|findings|rules)\b",
    "analysis knows no rules": rf"{US}analysis\b.* [-~]> {US}(findings|rules)\b",
    "findings know no rule": rf"{US}findings\b.* [-~]> {US}rules\b",
    "rules do not import rules": rf"{US}rules\.\w+ [-~]> {US}rules\.",
    "what writes does not import what reads": rf"{WRITE}.* [-~]> {READ}",
    "what reads does not import what writes": rf"{READ}.* [-~]> {WRITE}",
    "wire knows neither side": rf"{US}wire\b.* [-~]> ({WRITE}|{READ})",
    "an adapter does not import another's": rf"({KERAS}.* [-~]> {TORCH}|{TORCH}.* [-~]> {KERAS})",
    "only adapters, summary, gradients and the demo import a framework": (
        rf"(?!{KERAS}|{TORCH}|{US}(summary|gradients|demo)\b).* [-~]> {FRAMEWORK}"
    ),
    "summary, gradients and checks import frameworks and adapters inside functions": (
        rf"{US}(summary|gradients|checks)\b.* -> ({FRAMEWORK}|{KERAS}|{TORCH})"
    ),
}
FRONTEND_RULES = {
    "charts know no page, state or server, only charts": (
        r"chart/(?:.*\.test [-~]> (?!chart/|npm:vitest$)|(?!.*\.test ).* [-~]> (?!chart/))"
    ),
    "panels do not import panels": r"panels/(?!registry)([a-z]+).* [-~]> panels/(?!\1)",
}
VAGUE = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def faults(sources: dict[str, str]) -> list[str]:
    """Every breach in `{path from the root: source}`, as `path:line: the rule: the import`."""
    found = [
        f"{path}: a name says what is inside: {part}"
        for path in sources
        for part in PurePosixPath(path).with_suffix("").parts
        if part in VAGUE
    ]
    for path, source in sources.items():
        if path.startswith("tb_deepdebug/") and path.endswith(".py"):
            found += _breaches(path, PYTHON_RULES, python_imports(path, source))
        elif path.startswith("frontend/src/") and path.endswith((".ts", ".tsx")):
            found += _breaches(path, FRONTEND_RULES, frontend_imports(path, source))
            found += _fetches(path, source)
    return found


def python_imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """The imports of one module: line number and `importer -> imported`."""
    parts = PurePosixPath(path).with_suffix("").parts
    module = ".".join(parts).removesuffix(".__init__")
    package = module if path.endswith("__init__.py") else module.rpartition(".")[0]
    tree = ast.parse(source, path)
    later = {id(node) for block in ast.walk(tree) if _runs_later(block) for node in ast.walk(block)}
    for node in ast.walk(tree):
        for name in _imported(node, package):
            standard = name.partition(".")[0] in sys.stdlib_module_names
            arrow = "~>" if id(node) in later else "->"
            yield getattr(node, "lineno", 0), f"{module} {arrow} {'std.' * standard}{name}"


def frontend_imports(path: str, source: str) -> Iterator[tuple[int, str]]:
    """The imports of one TypeScript file, named from `frontend/src` and without extension."""
    module = path.removeprefix("frontend/src/").rpartition(".")[0]
    for match in re.finditer(r"""(?:\bfrom|\bimport)\s*(\(?)\s*['"]([^'"]+)['"]""", source):
        name = match[2]
        if name.startswith("."):
            name = posixpath.normpath(posixpath.join(posixpath.dirname(module), name))
            name = re.sub(r"\.(tsx?|js)$", "", name)
        else:
            name = f"npm:{name}"
        line = source.count("\n", 0, match.start()) + 1
        yield line, f"{module} {'~>' if match[1] else '->'} {name}"


def _breaches(
    path: str, rules: dict[str, str], imports: Iterator[tuple[int, str]]
) -> Iterator[str]:
    for line, arrow in imports:
        for rule, pattern in rules.items():
            if re.match(pattern, arrow):
                yield f"{path}:{line}: {rule}: {arrow}"


def _fetches(path: str, source: str) -> Iterator[str]:
    """Calls to the server from any file but api.ts; comments and tests may speak of them."""
    if path == "frontend/src/api.ts" or ".test." in path:
        return
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    for match in re.finditer(r"\b(fetch\s*\(|XMLHttpRequest|EventSource|sendBeacon)", code):
        yield f"{path}: only api.ts asks the server: {match[0]}"


def _runs_later(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _imported(node: ast.AST, package: str) -> list[str]:
    """Full names; `from a import b` is a.b, whether b is a module or not."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        start = ".".join([*(above if node.level else []), *([node.module] if node.module else [])])
        return [f"{start}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        return [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)]
    return []
