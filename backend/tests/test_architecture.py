"""The layers, over the syntax tree: imports go downward only, and the core of the drawing is pure."""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

APP = Path(__file__).parents[1] / "app"

LAYERS = {
    "utils": (),
    "core": ("core", "utils"),
    "models": ("models", "utils"),
    "schemas": ("schemas", "utils"),
    "services/realtime": ("services/realtime", "schemas", "utils"),
    "services": ("services/realtime", "services", "models", "schemas", "core", "utils"),
    "api": ("api", "services/realtime", "services", "schemas", "core"),
    "main.py": ("api", "services/realtime", "services", "models", "schemas", "core", "utils"),
    "serving.py": ("main.py", "api", "services/realtime", "services", "models", "schemas", "core", "utils"),
    "cli.py": ("serving.py", "main.py", "api", "services/realtime", "services", "models", "schemas", "core", "utils"),
    "__init__.py": (),
}
"""What each part of the program may import of it; of two parts that fit a file, the longer name counts."""

PURE = {
    "abc",
    "array",
    "base64",
    "bisect",
    "collections",
    "copy",
    "dataclasses",
    "deflate",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "heapq",
    "itertools",
    "json",
    "math",
    "msgspec",
    "numbers",
    "operator",
    "re",
    "string",
    "struct",
    "types",
    "typing",
    "unicodedata",
    "weakref",
    "zlib",
}
"""What the pure core may import besides the program: nothing that knows the time, chance, files or the network."""
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}
FRAMEWORKS_OF_API = {"fastapi", "starlette"}


def layer_of(name: str) -> str:
    """Give the part of the program that a module (`services/hub`, or a name in it) belongs to."""
    fitting = [layer for layer in LAYERS if f"{name}/".startswith(f"{layer.removesuffix('.py')}/")]
    return max(fitting, key=len, default=name)


def imported(tree: ast.AST, file: str) -> Iterator[tuple[int, str]]:
    """Give the line and the dotted name of everything that is imported; `from a import b` is `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "import_module":
            yield from ((node.lineno, name.value) for name in node.args if isinstance(name, ast.Constant))
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            module = ".".join([*package_of(file, node.level), *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def package_of(file: str, level: int) -> list[str]:
    """Give the package that a relative import of this level starts from."""
    if not level:
        return []
    parts = ["app", *PurePosixPath(file).parts]
    return parts[: len(parts) - level]


def violations(file: str, source: str) -> list[str]:
    """Give what a file (its path below `app/`) does against the rules, each with its line."""
    tree, layer = ast.parse(source), layer_of(file.removesuffix(".py"))
    found = [*upward_imports(tree, file, layer), *hidden_imports(tree), *foreign_settings(tree, file)]
    if layer == "services/realtime":
        found += impurities(tree, file)
    return [f"{file}:{each}" for each in found]


def upward_imports(tree: ast.AST, file: str, layer: str) -> Iterator[str]:
    for line, name in imported(tree, file):
        top, _, rest = name.partition(".")
        target = layer_of(rest.replace(".", "/"))
        if top == "app" and target not in LAYERS.get(layer, ()):
            yield f"{line}: {layer} may not import {name}"
        if top in FRAMEWORKS_OF_API and layer not in ("api", "main.py") and file != "core/events.py":
            yield f"{line}: {layer} knows nothing of {top}"


def hidden_imports(tree: ast.AST) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"{node.lineno}: an import inside the function {function.name}"


def foreign_settings(tree: ast.AST, file: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and file != "core/config.py":
            yield f"{node.lineno}: settings are read by core/config.py alone"


def impurities(tree: ast.AST, file: str) -> Iterator[str]:
    for line, name in imported(tree, file):
        top = name.partition(".")[0]
        if top not in PURE and top != "app":
            yield f"{line}: the pure core may not import {top}"
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield f"{node.lineno}: the pure core waits for nothing"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{node.lineno}: the pure core does no {node.func.id}"


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: str(path.relative_to(APP)))
def test_the_layers_hold(path: Path) -> None:
    assert violations(path.relative_to(APP).as_posix(), path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("utils/x.py", "import app.core.config"),
        ("core/x.py", "from app.schemas.ops import Put"),
        ("core/x.py", "from app import services"),
        ("core/x.py", "def f(): import_module('app.services.hub')"),
        ("core/deep/x.py", "from ...services import hub"),
        ("core/x.py", "import fastapi"),
        ("models/x.py", "from app.schemas import ops"),
        ("schemas/x.py", "from app.models import Room"),
        ("services/x.py", "from app.api.routes import rooms"),
        ("services/x.py", "from starlette.websockets import WebSocket"),
        ("services/realtime/x.py", "from app.services.hub import Hub"),
        ("services/realtime/x.py", "from app.services import hub"),
        ("services/realtime/x.py", "from .. import hub"),
        ("services/realtime/x.py", "from app.core.errors import WhiteboardError"),
        ("services/realtime/x.py", "import time"),
        ("services/realtime/x.py", "from random import choice"),
        ("services/realtime/x.py", "import os.path"),
        ("services/realtime/x.py", "import socket"),
        ("services/realtime/x.py", "import sqlmodel"),
        ("services/realtime/x.py", "async def f(): ..."),
        ("services/realtime/x.py", "def f(): return open('x')"),
        ("api/x.py", "from app.models import Room"),
        ("api/x.py", "from app.main import create_app"),
        ("main.py", "from app.cli import main"),
        ("core/x.py", "def f():\n    import json"),
        ("core/x.py", "class C:\n    def f(self):\n        if x:\n            from app.utils import y"),
        ("services/x.py", "import os\nHOME = os.environ['HOME']"),
        ("elsewhere/x.py", "from app.utils import y"),
    ],
)
def test_the_checker_finds_what_is_planted(file: str, source: str) -> None:
    assert violations(file, source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/x.py", "from app.core.errors import StartError\nfrom app.utils import y"),
        ("services/realtime/x.py", "from app.services.realtime.board import Board\nfrom .room import Room"),
        ("services/realtime/x.py", "import msgspec\nfrom collections.abc import Iterator"),
        ("services/x.py", "from app.services.realtime import room\nimport time\nfrom app.models import Room"),
        ("api/x.py", "from app.services.hub import Hub\nimport fastapi"),
        ("cli.py", "from app.main import create_app"),
    ],
)
def test_the_checker_leaves_the_rest_alone(file: str, source: str) -> None:
    assert violations(file, source) == []


def test_the_migrations_do_not_shadow_alembic() -> None:
    assert not (APP.parent / "alembic" / "__init__.py").exists()
