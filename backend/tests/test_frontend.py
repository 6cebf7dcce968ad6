"""What can be told of the web client without a browser: where its words stand, and that what is sent means the same."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Comment, String, Token, _TokenType

from app.api.routes.pages import FRONTEND, tight

MODULES = sorted((FRONTEND / "js").glob("*.js"))
PAGES = sorted(FRONTEND.glob("*.html"))
SAID = ("labels.js", "words.js", "rarewords.js")
SPOKEN = {"aria-label", "aria-roledescription", "title", "placeholder"}
BEFORE_THE_WORDS = "The whiteboard needs JavaScript."

WORDY = re.compile("[a-z]{2,} [a-z]{2,}|[A-Z][a-z]+ |^.[A-Z][a-z]{2,}.$")
FOR_PROGRAMMERS = {"Error", "ShapeError", "error", "warn"}
HARMLESS = {
    *('"Delete Backspace"', '"Control"', '"End"', '"Enter"', '"Escape"'),  # keys, as browsers call them
    *('"Home"', '"Meta"', '"Mod"', '"Shift"', '"Tab"'),
    *(
        '"Infinity"',
        '"Files"',
        "`Bearer ",
        '"600 12px system-ui, sans-serif"',
        '`<svg xmlns="http://www.w3.org/2000/svg" ',
    ),
    '".bar button, #ink button, #copy-link, summary"',
}

Piece = tuple[_TokenType, str]


def pieces(text: str) -> list[Piece]:
    """The tokens of a module; neighbours of one kind are one, and what `tight` may change is not told."""
    joined: list[Piece] = []
    for kind, value in JavascriptLexer(stripnl=False, ensurenl=False).get_tokens(text):
        if kind in Comment or (kind in Token.Text and not value.strip()):
            continue
        if value == "}" and joined and joined[-1][1] == ";":
            joined.pop()
        before = [value for _, value in joined[-4:]]
        if value == "=>" and len(before) == 4 and before[1::2] == ["(", ")"] and before[0] != "async":
            joined[-3:] = [joined[-2]]
        if joined and kind in String and joined[-1][0] is kind:
            joined[-1] = (kind, joined[-1][1] + value)
        else:
            joined.append((kind, "let" if value == "const" else value))
    return joined


def private(pieces: list[Piece]) -> list[Piece | int]:
    """The same with private names as numbers, in the order of their first appearance."""
    counted: dict[str, int] = {}
    return [
        counted.setdefault(piece[1], len(counted)) if piece[0] in Token.Name and piece[1].startswith("#") else piece
        for piece in pieces
    ]


def words() -> dict[str, str]:
    """The table of the words that stand on the pages."""
    table = (FRONTEND / "js/labels.js").read_text().partition("export const WORDS = {")[2].partition("\n};")[0]
    return dict(re.findall(r'^  (\w+): "(.*)",$', table, re.MULTILINE))


class Reader(HTMLParser):
    """Gathers what a page says, and under which names."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.wrong: list[str] = []
        self._open: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        used = {name: given[f"data-{name}"] for name in ("words", "label", "placeholder") if f"data-{name}" in given}
        self.names |= set(used.values())
        for name in SPOKEN & set(given):
            if name not in used or given[name] != words()[used[name]]:
                self.wrong.append(f'{name}="{given[name]}"')
        if tag not in ("meta", "link", "input", "img"):
            self._open.append(used.get("words", BEFORE_THE_WORDS if tag == "noscript" else None))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser gives it
        self._open.pop()

    def handle_data(self, data: str) -> None:
        text = data.strip()
        name = next((name for name in reversed(self._open) if name), None)
        if re.search(r"\w", text) and text not in (
            BEFORE_THE_WORDS if name == BEFORE_THE_WORDS else words().get(name or "")
        ):
            self.wrong.append(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_says_only_what_the_table_of_words_says(page: Path) -> None:
    reader = Reader()
    reader.feed(page.read_text())
    assert reader.names > {"product", "name"}
    assert reader.names <= set(words())
    assert reader.wrong == []


def test_no_word_is_left_that_nobody_says() -> None:
    modules = "".join(module.read_text() for module in MODULES)
    pages = "".join(page.read_text() for page in PAGES)
    assert [name for name in words() if f'="{name}"' not in pages and f"WORDS.{name}" not in modules] == []


def test_words_for_people_stand_in_the_modules_of_words_alone() -> None:
    said: set[str] = set()
    for module in MODULES:
        before = [""] * 2
        for kind, value in pieces(module.read_text()) if module.name not in SAID else ():
            if kind in String and WORDY.search(value) and not (before[1] == "(" and before[0] in FOR_PROGRAMMERS):
                said.add(value)
            before = [before[1], value]
    assert said - HARMLESS == set()


def test_a_module_means_the_same_without_its_comments() -> None:
    for module in MODULES:
        assert private(pieces(tight(str(module), "").decode())) == private(pieces(module.read_text())), module.name


def test_a_change_of_meaning_would_be_noticed() -> None:
    assert private(pieces("this.#a + this.#b")) != private(pieces("this.#a + this.#a"))
    written = 'say(`${a ? `b ${c} d` : ""} e`);'
    assert pieces(written) != pieces(written.replace(" d`", "d`"))
    assert pieces(written) != pieces(written.replace(" e`", "e`"))
    assert pieces(written) == pieces(f'/** {written} */ say( `${{a?`b ${{c}} d`:""}} e`) ; // well')
