"""`<style>`: the rules of a drawing, and which of them apply to an element.

Rules for a type, a class or an id alone, of which drawings are full, are looked up; cssselect2 judges the others.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import cssselect2
import tinycss2
from lxml import etree

from app.services.svg.declarations import Declaration, check_nesting, declarations_of
from app.services.svg.limits import Budget, too_large

COMPILING = 300
"""What a rule's selectors cost to compile, in steps, besides 30 for each of their tokens."""

Match = tuple[tuple[int, int, int], int, list[Declaration]]
"""Specificity, place in the sheets, and what the rule declares."""

_SIMPLE = re.compile(r"([.#]?)(-?[A-Za-z_][\w-]*)|\*", re.ASCII)
_MEDIA = re.compile(r"\s*(?:all|screen)?\s*", re.IGNORECASE)


class Stylesheets:
    """The rules of all `<style>` elements of a drawing."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._bytes = 0
        self._place = 0
        self._lookup: dict[str, list[Match]] = {}
        """By `.class`, `#id`, `type` or `*`."""
        self._others: dict[str, list[tuple[Callable[[Any], bool], Match]]] = {}
        """The same, by what must be there for the rest of the selector to matter."""
        self.ignored: list[str] = []
        """What was not understood, for the report."""

    def __bool__(self) -> bool:
        return self._place > 0

    @property
    def needs_tree(self) -> bool:
        """Whether elements must be wrapped: a selector looks at more than the element itself."""
        return bool(self._others)

    def add(self, element: etree._Element) -> None:
        """Read one `<style>`; raises DrawingTooLarge."""
        if element.get("type", "text/css").strip().lower() not in ("", "text/css"):
            return
        if not _MEDIA.fullmatch(element.get("media", "")):
            self.ignored.append("media query")
            return
        text = without_font_faces("".join(_texts(element)))
        self._bytes += len(text.encode())
        if self._bytes > self._budget.limits.css:
            raise too_large("bytes of style sheets", self._budget.limits.css, "without font faces")
        check_nesting(text)
        self._read(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))

    def _read(self, rules: list[Any]) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                self._rule(rule)
            elif rule.type == "at-rule":
                if rule.lower_at_keyword not in ("charset", "namespace", "font-face", "keyframes"):
                    self.ignored.append("media query" if rule.lower_at_keyword == "media" else "style rule")
            else:
                self.ignored.append("style rule")

    def _rule(self, rule: Any) -> None:  # noqa: ANN401 - tinycss2 is not typed
        nodes = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        declarations = declarations_of(nodes)
        if not declarations:
            return
        for selector in tinycss2.serialize(rule.prelude).split(","):
            if not _SIMPLE.fullmatch(selector.strip()):
                self._complex(rule.prelude, declarations)
                return
        for selector in tinycss2.serialize(rule.prelude).split(","):
            self._simple(selector.strip(), declarations)

    def _simple(self, selector: str, declarations: list[Declaration]) -> None:
        self._place += 1
        kinds = {"#": (1, 0, 0), ".": (0, 1, 0), "*": (0, 0, 0)}
        match = (kinds.get(selector[0], (0, 0, 1)), self._place, declarations)
        self._lookup.setdefault(selector, []).append(match)

    def _complex(self, prelude: list[Any], declarations: list[Declaration]) -> None:
        self._budget.css(COMPILING + 30 * len(prelude))
        try:
            compiled = cssselect2.compile_selector_list(prelude)
        except (cssselect2.SelectorError, NotImplementedError, SyntaxError, RecursionError, ValueError, TypeError):
            self.ignored.append("style rule")
            return
        for each in compiled:
            self._place += 1
            if not each.never_matches and each.pseudo_element is None:
                match = (each.specificity, self._place, declarations)
                self._others.setdefault(_key(each), []).append((each.test, match))

    def matches(self, element: etree._Element, wrapped: "Wrapped | None") -> Iterator[list[Declaration]]:
        """What the rules that apply declare, the strongest last."""
        found: list[Match] = []
        keys = _keys(element)
        for key in keys:
            found += self._lookup.get(key, ())
        if wrapped is not None:
            for key in keys:
                if tests := self._others.get(key):
                    self._budget.css(len(tests))
                    found += [match for test, match in tests if test(wrapped)]
        self._budget.css(len(keys) + 4 * len(found))
        found.sort(key=_strength)
        return (match[2] for match in found)


def _strength(match: Match) -> tuple[tuple[int, int, int], int]:
    return match[0], match[1]


def _key(compiled: Any) -> str:  # noqa: ANN401 - cssselect2 is not typed
    if compiled.id is not None:
        return f"#{compiled.id}"
    if compiled.class_name is not None:
        return f".{compiled.class_name}"
    return compiled.local_name or "*"


def _keys(element: etree._Element) -> list[str]:
    keys = ["*", str(element.tag).rpartition("}")[2]]
    keys += [f".{name}" for name in dict.fromkeys(element.get("class", "").split())]
    name = element.get("id")
    return keys if name is None else [*keys, f"#{name}"]


def _texts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield child.tail or ""


def without_font_faces(text: str) -> str:
    """Take out `@font-face` rules, whose fonts may be megabytes; nothing is drawn with them here."""
    kept: list[str] = []
    end = 0
    while (start := text.find("@font-face", end)) >= 0:
        kept.append(text[end:start])
        closing = text.find("}", start)
        if closing < 0:
            return "".join(kept)
        end = closing + 1
    kept.append(text[end:])
    return "".join(kept)


class Wrapped(cssselect2.ElementWrapper):  # type: ignore[misc]
    """An element as selectors see it; looking around counts, so that no selector can look without end."""

    budget: Budget

    @property
    def ancestors(self) -> "Iterator[Wrapped]":
        """The nearest first."""
        element = self.parent
        while element is not None:
            self.budget.css(1)
            yield element
            element = element.parent

    @property
    def previous_siblings(self) -> "Iterator[Wrapped]":
        """The nearest first."""
        element = self.previous
        while element is not None:
            self.budget.css(1)
            yield element
            element = element.previous

    @property
    def etree_siblings(self) -> list[etree._Element]:
        """All children of the parent, this one too."""
        found: list[etree._Element] = self.__dict__["etree_siblings"]
        self.budget.css(1 + len(found) // 32)
        return found

    @etree_siblings.setter
    def etree_siblings(self, siblings: list[etree._Element]) -> None:
        self.__dict__["etree_siblings"] = siblings

    def iter_children(self) -> "Iterator[Wrapped]":
        """In the order of the document."""
        for child in super().iter_children():
            self.budget.css(10)
            yield child


def wrap(root: etree._Element, budget: Budget) -> dict[etree._Element, Wrapped]:
    """Every SVG element of a tree, wrapped."""
    kind: Any = type("Counted", (Wrapped,), {"budget": budget})
    found: dict[etree._Element, Wrapped] = {}
    for element in kind.from_xml_root(root).iter_subtree():
        found[element.etree_element] = element
    return found
