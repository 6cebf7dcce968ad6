"""The documents keep up with the code: whatever can be set, asked, sent or run is told, and no link or command is dead.

Each check is a small function that gives what is wrong; planted examples prove that it can fail.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from typer.main import get_command

from app.api.errors import CODES
from app.cli import Commands, commands
from app.core import errors
from app.core.config import BARE, Settings
from app.main import create_app
from app.schemas import frames, ops
from app.schemas.rooms import Created, Joined, NewRoom, NewSession, Problem, RoomOut, SessionOut
from app.services.intake import DETAILS

ROOT = Path(__file__).parents[2]
SKIPPED = {"build", "data", "node_modules", "test-output"}
RULES = {"H": 7, "C": 5, "S": 10, "W": 6, "V": 3, "P": 4, "L": 2}
"""The protocol's rules: letter and greatest number. They never change."""
CLOSE_CODES = {*range(1001, 1016), *range(4400, 4500)}


@cache
def read(name: str) -> str:
    """The text of a file of the project."""
    return (ROOT / name).read_text("utf-8")


# Names in documents.


def code_in(text: str) -> list[str]:
    """What a document sets as code: its fenced blocks, and the spans between backticks."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```[^\n]*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return blocks + [re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", rest)]


def untold(names: Iterable[str], text: str) -> list[str]:
    """The names that stand nowhere in a document's code as whole words."""
    code = "\n".join(code_in(text))
    return sorted(name for name in set(names) if not re.search(rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])", code))


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, up to the next heading of any level."""
    section = re.split(r"^#+ ", text.partition(f"\n{heading}\n")[2], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|---")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hello", "say hello"),
        ("hello", "`hello_seconds`"),
        ("/r", "`/r/{room_id}`"),
        ("GET /", "`GET /healthz`"),
        ("GET /x", "`POST /x`"),
        ("n", '```json\n{"nn":1}\n```'),
    ],
)
def test_a_name_that_is_untold_is_found(name: str, text: str) -> None:
    assert untold([name], text) == [name]


@pytest.mark.parametrize("text", ["see `hello`", "`a` and\n`say\nhello`", 'x\n```json\n{"t":"hello"}\n```\ny'])
def test_a_name_that_is_told_is_left_alone(text: str) -> None:
    assert untold(["hello"], text) == []


# Settings.


def shown_default(name: str) -> str:
    """A setting's default as the table of settings shows it."""
    value = Settings.model_fields[name].default
    return "unset" if value in (None, ()) else f"`{value}`"


def wrong_settings(table: list[list[str]], defaults: dict[str, str]) -> list[str]:
    """What a table of settings (variable, default, meaning) lacks, has too much, or tells wrongly."""
    told = {row[0].strip("`"): row[1] for row in table if row[0].startswith("`") and row[2]}
    return sorted(name for name in {*told, *defaults} if told.get(name) != defaults.get(name))


def test_every_setting_is_told_with_its_default() -> None:
    defaults = {f"WHITEBOARD_{name.upper()}": shown_default(name) for name in Settings.model_fields}
    text = read("docs/operations.md")
    assert wrong_settings(rows(text, "## Settings"), defaults) == []
    assert untold([*defaults, *BARE], text) == []
    assert untold([f"# {name}" for name in defaults], f"```\n{read('.env.example')}\n```") == []


@pytest.mark.parametrize(
    "table",
    [
        "",
        "| `WHITEBOARD_PORT` | `8001` | the port |",
        "| `WHITEBOARD_PORT` | `8000` | |",
        "| WHITEBOARD_PORT | 8000 | x |",
    ],
)
def test_a_setting_that_is_told_wrongly_is_found(table: str) -> None:
    text = f"# Title\n\n## Settings\n\n{table}\n\n## Next\n\n| `WHITEBOARD_PORT` | `8000` | the port |\n"
    assert wrong_settings(rows(text, "## Settings"), {"WHITEBOARD_PORT": "`8000`"}) == ["WHITEBOARD_PORT"]


def test_a_setting_that_is_gone_is_found() -> None:
    assert wrong_settings([["`WHITEBOARD_X`", "`1`", "what was"]], {}) == ["WHITEBOARD_X"]


# Routes.


def requests_of(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """Every route as the protocol writes it: `GET /healthz`, the bare path of a WebSocket, `GET /static/…`."""
    for route in routes:
        if isinstance(route, Mount):
            yield f"GET {route.path}/…"
        elif isinstance(route, WebSocketRoute):
            yield route.path
        elif isinstance(route, Route):
            yield from (f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"})
        else:  # FastAPI keeps an included router whole
            yield from requests_of(getattr(route, "original_router").routes)  # noqa: B009


def real_requests() -> set[str]:
    """Every route of the application."""
    return set(requests_of(create_app(Settings.model_construct()).routes))


def dishonest_rows(table: list[list[str]], real: set[str]) -> list[str]:
    """Routes that a table tells of though they are not there, or calls planned only though they are."""
    there, planned = set[str](), set[str]()
    for row in table:
        (planned if "planned" in " ".join(row) else there).update(_requests_in(row[0]))
    return sorted(there - real) + sorted((planned - there) & real)


def _requests_in(cell: str) -> list[str]:
    return [span for span in code_in(cell) if re.match(r"(GET|POST|PUT|PATCH|DELETE) /", span)]


def test_every_route_is_told() -> None:
    assert untold(real_requests(), read("docs/protocol.md")) == []


def test_no_route_is_told_that_is_not_there() -> None:
    assert dishonest_rows(rows(read("docs/protocol.md"), "## HTTP"), real_requests()) == []


@pytest.mark.parametrize(
    "row",
    [["`GET /gone`", "200"], ["`GET /there` and `GET /gone`", "200"], ["`GET /there`", "200 (planned)"]],
)
def test_a_route_that_is_told_wrongly_is_found(row: list[str]) -> None:
    assert dishonest_rows([row], {"GET /there"})


def test_a_route_in_two_rows_may_be_planned_in_one() -> None:
    table = [["`GET /there`", "200"], ["`GET /there` with more", "planned"], ["`GET /gone`", "planned"]]
    assert dishonest_rows(table, {"GET /there"}) == []


# The wire.


def structs_of(*modules: object) -> list[type[msgspec.Struct]]:
    """The messages and their parts that modules define."""
    found = [each for module in modules for each in vars(module).values() if isinstance(each, type)]
    return [each for each in found if issubclass(each, msgspec.Struct) and not each.__name__.startswith("_")]


def wire_names(structs: Iterable[type[msgspec.Struct]]) -> set[str]:
    """Every `t` or `op` with its value, and every key, as they stand in JSON."""
    names = set()
    for struct in structs:
        config = struct.__struct_config__
        if config.tag_field:
            names.add(f'"{config.tag_field}":"{config.tag}"')
        names |= {f'"{field.encode_name}":' for field in msgspec.structs.fields(struct)}
    return names


def json_untold(names: Iterable[str], text: str) -> list[str]:
    """The pieces of JSON that stand nowhere in a document's code."""
    code = "\n".join(code_in(text))
    return sorted(name for name in names if name not in code)


class Planted(msgspec.Struct, tag_field="t", tag="planted"):
    """A message that nobody has told of."""

    shade: int = msgspec.field(name="from")


def test_every_message_and_key_is_told() -> None:
    structs = structs_of(frames, ops)
    assert {frames.Hello, frames.Tick, frames.Bye, ops.Put, ops.End} <= set(structs)
    assert json_untold(wire_names(structs), read("docs/protocol.md")) == []


def test_every_field_over_http_is_told() -> None:
    models = (NewRoom, NewSession, SessionOut, Joined, Created, Problem)
    names = {name for model in models for name in model.model_fields} | set(RoomOut.__dataclass_fields__)
    assert untold(names, read("docs/protocol.md")) == []


def test_a_message_that_is_untold_is_found() -> None:
    assert json_untold(wire_names([Planted]), '`{"t":"tick","to":1}`') == ['"from":', '"t":"planted"']
    assert json_untold(wire_names([Planted]), '```json\n{"t":"planted","from":1}\n```') == []


# Error codes and close codes.


def subclasses(kind: type) -> Iterator[type]:
    """A class and all that derive from it."""
    yield kind
    for each in kind.__subclasses__():
        yield from subclasses(each)


def sources(folder: str = "backend/app") -> Iterator[ast.Module]:
    """The syntax trees below a folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def first_words(tree: ast.AST, functions: set[str]) -> set[str]:
    """The texts that are given first to calls of some functions, wherever those are from."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    named = [node for node in calls if getattr(node.func, "attr", getattr(node.func, "id", "")) in functions]
    first = [node.args[0] for node in named]
    return {arg.value for arg in first if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}


def close_codes(tree: ast.AST) -> set[int]:
    """The numbers in a source that close a WebSocket; no other number of the program lies in their ranges."""
    values = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {value for value in values if type(value) is int and value in CLOSE_CODES}


def error_codes() -> set[str]:
    """Every code that an error frame or a problem document may bear."""
    framed = set().union(*(first_words(tree, {"Error"}) for tree in sources()))
    return framed | set(DETAILS) | set(CODES.values()) | {each.code for each in subclasses(errors.WhiteboardError)}  # type: ignore[attr-defined]


def first_cells(heading: str) -> str:
    """The first cells of the protocol's tables below a heading."""
    return "\n".join(row[0] for row in rows(read("docs/protocol.md"), heading))


def test_every_error_code_is_told() -> None:
    codes = error_codes()
    assert {"invalid_op", "invalid_live", "clock_skew", "storage_unavailable", "room_not_found", "not_found"} <= codes
    assert untold(codes, first_cells("## Error codes")) == []


def test_every_close_code_is_told() -> None:
    codes = {str(code) for tree in sources() for code in close_codes(tree)}
    assert {"1003", "1012", "4400", "4401", "4404", "4406", "4408"} <= codes
    assert sorted(code for code in codes if not re.search(rf"\b{code}\b", first_cells("## Close codes"))) == []


def test_codes_in_a_source_are_found() -> None:
    tree = ast.parse(
        "def f():\n    tell(frames.Error('planted', 1))\n    raise Refused(4499, 'why')\n    g(4500, True, 'x')"
    )
    assert first_words(tree, {"Error"}) == {"planted"}
    assert close_codes(tree) == {4499}
    assert untold(["planted"], "`planned`") == ["planted"]


# Metrics.


def metrics_in(tree: ast.AST) -> set[str]:
    """The metrics that a source makes, as they are called at `/metrics`."""
    plain, counted = first_words(tree, {"_gauge", "_histogram"}), first_words(tree, {"_counter"})
    return {f"whiteboard_{name}" for name in plain} | {f"whiteboard_{name}_total" for name in counted}


def metrics() -> set[str]:
    """Every metric of the program's own."""
    return set().union(*(metrics_in(tree) for tree in sources("backend/app/services/metrics")))


def test_every_metric_is_told_and_no_other() -> None:
    assert {"whiteboard_connections", "whiteboard_frames_total", "whiteboard_commit_seconds"} <= metrics()
    table = rows(read("docs/operations.md"), "## Metrics")
    assert set(re.findall(r"whiteboard_\w+", " ".join(row[0] for row in table if row[1]))) == metrics()


def test_metrics_in_a_source_are_found() -> None:
    tree = ast.parse("yield _gauge('a', 'x', 1)\nyield _counter('b', 'x', {})\nyield _histogram('c_seconds', 'x', h)")
    assert metrics_in(tree) == {"whiteboard_a", "whiteboard_b_total", "whiteboard_c_seconds"}


# Rules.


def rules_in(text: str) -> list[str]:
    """The rules that a document states, each as often as it does."""
    return re.findall(r"^- \*\*([A-Z]\d+)\*\*", text, re.MULTILINE)


def rules_named(tree: ast.AST) -> set[str]:
    """The rules that test functions bear in their names: `test_w3_…`, `test_w1_to_w4_…`."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in ast.walk(tree) if isinstance(node, functions)]
    heads = [found[0] for name in names if (found := re.match(r"test(?:_(?:to_|and_)?[a-z]\d+(?=_|$))+", name))]
    return {rule.upper() for head in heads for rule in re.findall(r"_([a-z]\d+)", head)}


def test_the_protocol_states_every_rule_once() -> None:
    stated = rules_in(read("docs/protocol.md"))
    assert sorted(stated) == sorted(f"{letter}{n}" for letter, most in RULES.items() for n in range(1, most + 1))


def test_every_rule_that_a_test_names_is_stated() -> None:
    named = set().union(*(rules_named(tree) for tree in sources("backend/tests")))
    assert {"S4", "W3"} <= named
    assert sorted(named - set(rules_in(read("docs/protocol.md")))) == []


def test_rules_in_names_are_found() -> None:
    tree = ast.parse(
        "def test_w3_x(): ...\nasync def test_s4_s10_x(): ...\n"
        "class T:\n def test_q1_to_q2_x(self): ...\ndef test_x2y(): ..."
    )
    assert rules_named(tree) == {"W3", "S4", "S10", "Q1", "Q2"}
    assert rules_in("- **W1** is\n- **W1** again\nsee **W2**, - **W3**") == ["W1", "W1"]


# Links.


def documents() -> list[Path]:
    """Every document of the project."""
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*.md")]
    return sorted(path for path in found if not any(part in SKIPPED or part.startswith(".") for part in path.parts))


def anchors(text: str) -> set[str]:
    """The names under which a document's headings can be linked to, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(document: Path) -> list[str]:
    """The relative links of a document that lead nowhere: no such file, or no such heading in it."""
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^()\s]+)\)", re.sub(r"`[^`]*`", "", text))
    return [link for link in links if not re.match(r"[a-z]+:", link) and not _leads_somewhere(document, link)]


def _leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = document.parent / name if name else document
    return target.exists() and (not anchor or anchor in anchors(target.read_text("utf-8")))


@pytest.mark.parametrize("document", documents(), ids=str)
def test_no_link_is_dead(document: Path) -> None:
    assert dead_links(ROOT / document) == []


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A `b`, c!\n\n```\n# no heading\n```\n", "utf-8")
    good = "[a](there.md) [b](there.md#a-b-c) [c](https://example.org/x) [d](#top) ![e](there.md) `[f](no.md)`"
    bad = ["gone.md", "there.md#gone", "there.md#no-heading", "#bottom", "images/gone.png"]
    document = tmp_path / "page.md"
    document.write_text(f"# Top\n\n{good}\n" + "\n".join(f"[x]({link})" for link in bad), "utf-8")
    assert dead_links(document) == bad


# Commands.


def make_targets(makefile: str) -> set[str]:
    """What `make` can be told to do."""
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.MULTILINE))


def commands_in(text: str) -> set[str]:
    """The make targets that a document's commands name."""
    lines = [line for code in code_in(text) for line in code.splitlines()]
    found = [re.match(r"\s*(?:\$ )?make(?: [A-Z_]+=\S+)* ([a-z][\w-]*)", line) for line in lines]
    return {match[1] for match in found if match}


def test_every_make_target_is_told() -> None:
    assert sorted(make_targets(read("Makefile")) - commands_in(read("CONTRIBUTING.md"))) == []


@pytest.mark.parametrize("document", documents(), ids=str)
def test_no_command_names_a_make_target_that_is_not_there(document: Path) -> None:
    assert sorted(commands_in(read(str(document))) - make_targets(read("Makefile"))) == []


def test_make_targets_are_found() -> None:
    assert make_targets("X := 1\nrun: y ## Run\n\t@z\n.PHONY: run\n$(V)/a-%: b\nlock:\n") == {"run", "lock"}
    text = "make sure; `make run PORT=1`, `make PYTHON=python3 test`\n```sh\nmake lock\nfoo && make no\n```\n"
    assert commands_in(text) == {"run", "test", "lock"}


def test_every_command_of_the_program_is_told() -> None:
    group = get_command(commands)
    assert isinstance(group, Commands)
    names = {f"whiteboard {name}" for name in group.list_commands(None)}
    assert all(group.get_command(None, name).name == name for name in group.list_commands(None))
    assert names >= {"whiteboard serve", "whiteboard play", "whiteboard rooms"}
    assert untold(names, read("README.md")) == []
    assert untold(["whiteboard serv"], "`whiteboard serve`") == ["whiteboard serv"]


# Examples.


def broken_examples(text: str) -> list[str]:
    """The Python blocks of a document that do not compile, and the lines of its JSON blocks that are not JSON."""
    broken = []
    for language, body in re.findall(r"^```(python|json)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for example in [body] if language == "python" else body.splitlines():
            try:
                compile(example, "example", "exec") if language == "python" else json.loads(example)
            except (SyntaxError, ValueError):
                broken.append(example)
    return broken


@pytest.mark.parametrize("document", documents(), ids=str)
def test_no_example_is_broken(document: Path) -> None:
    assert broken_examples(read(str(document))) == []


def test_broken_examples_are_found() -> None:
    assert broken_examples(
        '```json\n{"a":1}\n{"a":…}\n```\n```python\nx = 1\n```\n```python\nx =\n```\n```sh\n(\n```\n'
    ) == [
        '{"a":…}',
        "x =\n",
    ]
