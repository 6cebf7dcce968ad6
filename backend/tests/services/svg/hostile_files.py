"""Files that mean harm, or are what no drawing is: each with the status and the code that it must meet with (H6)."""

import gzip
import zlib
from collections.abc import Callable

from svg_help import ROOT

Hostile = tuple[Callable[[], bytes], int, str]

INVALID, LARGE = (400, "invalid_svg"), (413, "drawing_too_large")
LINE = '<path stroke="red" d="M0 0L1 1"/>'


def svg(body: str, before: str = "", root: str = "") -> bytes:
    """A file of some elements, with something before the root."""
    return f"{before}<svg {ROOT} {root}>{body}</svg>".encode()


def entities(declarations: str, body: str = "<text>&a;</text>") -> bytes:
    """A file with an internal subset."""
    return svg(body + LINE, f"<!DOCTYPE svg [{declarations}]>")


def laughs(levels: int = 12) -> str:
    """Entities of which each is ten times the one before."""
    more = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!ENTITY e0 "ha">{more}<!ENTITY a "&e{levels - 1};">'


def uses(levels: int = 9, times: int = 10) -> bytes:
    """Groups of which each repeats the one before."""
    groups = "".join(f'<g id="u{n}">{f"""<use href="#u{n - 1}"/>""" * times}</g>' for n in range(1, levels))
    return svg(f'<defs><g id="u0"><g/></g>{groups}</defs><use href="#u{levels - 1}"/>')


def chain(length: int) -> bytes:
    """As many `use`, each of the one before."""
    links = "".join(f'<use id="c{n}" href="#c{n - 1}"/>' for n in range(1, length))
    return svg(f'<defs><path id="c0" d="M0 0L1 1" stroke="red"/>{links}</defs><use href="#c{length - 1}"/>')


def zeros(megabytes: int) -> bytes:
    """A small file that unpacks to a large one."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)), packer.flush()])


def style(css: str, body: str = LINE) -> bytes:
    """A file with a style sheet."""
    return svg(f"<style>{css}</style>{body}")


SLOW = {
    "ancestors of ancestors",
    "descendants of descendants",
    "gzip bomb",
    "many rules for everything",
    "many selectors to compile",
    "nth of type",
    "siblings of siblings",
    "siblings without an end",
}
"""Those that take a second of a processor; over HTTP they are tried only at length."""

HOSTILE: dict[str, Hostile] = {
    "nothing but white space": (lambda: b"  \n ", *INVALID),
    "text": (lambda: b"hello", *INVALID),
    "html": (lambda: b"<html><body>x</body></html>", *INVALID),
    "png": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), *INVALID),
    "zeros": (lambda: bytes(1000), *INVALID),
    "cut off": (lambda: svg(LINE)[:-3], *INVALID),
    "not utf-8": (lambda: svg("<title>\xff</title>").replace("\xff".encode(), b"\xff"), *INVALID),
    "not the encoding that it says": (lambda: b'<?xml version="1.0" encoding="utf-16"?>\xff' + svg(LINE), *INVALID),
    "unknown encoding": (lambda: b'<?xml version="1.0" encoding="x-evil"?>' + svg(LINE), *INVALID),
    "utf-7": (lambda: b'<?xml version="1.0" encoding="utf-7"?>' + svg(LINE), *INVALID),
    "damaged gzip": (lambda: gzip.compress(svg(LINE))[:-20] + bytes(12), *INVALID),
    "gzip that ends early": (lambda: gzip.compress(svg(LINE))[:-20], *INVALID),
    "nothing usable": (lambda: svg("<text>x</text><path d='x' stroke='red'/>"), *INVALID),
    "nan": (lambda: svg('<circle r="NaN" stroke="red"/><path stroke="red" d="MNaN 0L1 1"/>'), *INVALID),
    "infinite": (lambda: svg('<circle r="1e999" stroke="red"/><path stroke="red" d="M1e999 0L1 1"/>'), *INVALID),
    "wrong types": (lambda: svg('<rect width="red" height="[]" stroke="red"/>'), *INVALID),
    "external entity": (lambda: entities('<!ENTITY a SYSTEM "file:///etc/passwd">'), *INVALID),
    "external entity that is not used": (lambda: entities('<!ENTITY a SYSTEM "http://127.0.0.1:9/">', ""), *INVALID),
    "external parameter entity": (lambda: entities('<!ENTITY % a SYSTEM "http://127.0.0.1:9/"> %a;', ""), *INVALID),
    "parameter entity": (lambda: entities('<!ENTITY % a "<!ENTITY b \'x\'>"> %a;', ""), *INVALID),
    "external entity in utf-16": (
        lambda: entities('<!ENTITY a SYSTEM "file:///etc/passwd">').decode().encode("utf-16"),
        *INVALID,
    ),
    "entity bomb": (lambda: entities(laughs()), *INVALID),
    "entity bomb in an attribute": (lambda: entities(laughs(), '<text title="&a;"/>'), *INVALID),
    "entity that grows by squares": (lambda: entities(f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 10_000), *INVALID),
    "entity of itself": (lambda: entities('<!ENTITY a "&b;"><!ENTITY b "&a;">'), *INVALID),
    "entity of elements": (lambda: entities('<!ENTITY a "' + "<g/>" * 1000 + '">', "&a;" * 1000), *LARGE),
    "attributes by default": (
        lambda: entities(f'<!ATTLIST g x CDATA "{"x" * 100_000}">', "<g/>" * 10_000),
        *INVALID,
    ),
    "undeclared entity": (lambda: svg("<text>&nowhere;</text>" + LINE), *INVALID),
    "bytes sent": (lambda: svg(LINE + " " * 10_500_000), *LARGE),
    "inflated bytes": (lambda: gzip.compress(svg(LINE + " " * 21_000_000)), *LARGE),
    "gzip bomb": (lambda: zeros(200), *LARGE),
    "gzip of many members": (lambda: zeros(15) + zeros(15), *LARGE),
    "an attribute of eleven megabytes": (lambda: gzip.compress(svg(f'<path d="M0 0{"L1 1" * 2_800_000}"/>')), *LARGE),
    "deep nesting": (lambda: b"<svg>" + b"<g>" * 200_000 + b"</g>" * 200_000 + b"</svg>", *LARGE),
    "deep nesting without an end": (lambda: b"<svg>" + b"<g>" * 200_000, *LARGE),
    "just too deep": (lambda: svg("<g>" * 256 + LINE + "</g>" * 256), *LARGE),
    "too many elements": (lambda: svg("<g/>" * 50_001), *LARGE),
    "too many paths": (lambda: svg(LINE * 20_001), *LARGE),
    "too many segments": (lambda: svg(f'<path stroke="red" d="M0 0{"L1 1" * 200_001}"/>'), *LARGE),
    "a use of uses": (uses, *LARGE),
    "a chain of uses": (lambda: chain(20), *LARGE),
    "a long style attribute": (lambda: svg(f'<path style="{"x" * 70_000}" d="M0 0L1 1"/>'), *LARGE),
    "brackets in a style attribute": (lambda: svg(f'<path style="fill:{"(" * 60_000}" d="M0 0L1 1"/>'), *LARGE),
    "a long style sheet": (lambda: style("a{fill:red}" * 30_000), *LARGE),
    "brackets in a style sheet": (lambda: style("a{fill:" + "(" * 200_000), *LARGE),
    "square brackets in a style sheet": (lambda: style("[" * 200_000), *LARGE),
    "many rules for everything": (lambda: style("*{fill:red}" * 20_000, LINE * 10_000), *LARGE),
    "many selectors to compile": (lambda: style("g>path{fill:red}" * 15_000), *LARGE),
    "siblings of siblings": (lambda: style("a~g~g~g~g~path{fill:red}", "<g/>" * 3000 + LINE), *LARGE),
    "siblings without an end": (lambda: style("g~path{fill:red}", "<g/>" * 20_000 + LINE * 10_000), *LARGE),
    "ancestors of ancestors": (
        lambda: style("a g g g g g g path{fill:red}", "<g>" * 200 + LINE * 1000 + "</g>" * 200),
        *LARGE,
    ),
    "nth of type": (lambda: style(":nth-of-type(3n+7){fill:red}", "<g/>" * 20_000 + LINE), *LARGE),
    "descendants of descendants": (
        lambda: style("g:has(a){fill:red}", ("<g>" + "<g/>" * 50) * 200 + "</g>" * 200 + LINE),
        *LARGE,
    ),
}  # fmt: skip
"""By what is wrong with them; made when they are needed, for some are large."""
