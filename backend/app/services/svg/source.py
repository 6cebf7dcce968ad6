"""From the bytes of a file to its elements: unpacked, decoded, found harmless, parsed."""

import re
import zlib
from xml.parsers import expat

from lxml import etree

from app.core.errors import DrawingTooLarge, InvalidSvg
from app.services.svg.limits import Limits, too_large

SVG = "{http://www.w3.org/2000/svg}"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"

_GZIP = b"\x1f\x8b"
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_UNMARKED = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']""")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_TEXT_ENCODINGS = re.compile(
    r"(?:us-)?ascii|utf-?8|utf-?16(?:-?[lb]e)?|(?:iso-?)?8859-?\d+|iso-?8859-?\d+|latin-?\d+|(?:windows-|cp)\d+|koi8-[ru]"
    r"|mac-?roman|macintosh|shift[_-]jis|euc-(?:jp|kr)|gb(?:2312|k|18030)|big5"
)
_SUBSET = re.compile(rb"<!(?:ENTITY|ATTLIST)")
_FEW = 250
"""So few tags can neither be too many nor too deep."""


def read_source(data: bytes, limits: Limits) -> etree._Element:
    """The root element of an SVG file, `.svg` or `.svgz`; raises InvalidSvg and DrawingTooLarge."""
    if len(data) > limits.sent:
        raise too_large("bytes", limits.sent)
    text = as_utf8(inflate(data, limits.inflated) if data.startswith(_GZIP) else data)
    if len(text) > limits.inflated:
        raise too_large("bytes", limits.inflated, "unpacked")
    if _SUBSET.search(text) or text.count(b"<") > _FEW:
        measure(text, limits)
    root = parse(text, limits)
    if root.tag not in (f"{SVG}svg", "svg"):
        raise InvalidSvg("The file is XML, but not an SVG drawing: its root is not <svg>.")
    return root


def inflate(data: bytes, limit: int) -> bytes:
    """Unpack a gzip file of one or more members; raises InvalidSvg and DrawingTooLarge."""
    parts: list[bytes] = []
    room = limit + 1
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(data, room))
        except zlib.error:
            raise InvalidSvg("The file is packed (svgz), but damaged.") from None
        room -= len(parts[-1])
        if room <= 0:
            raise too_large("bytes", limit, "unpacked")
        if not member.eof:
            raise InvalidSvg("The file is packed (svgz), but ends too early.")
        data = member.unused_data if member.unused_data.startswith(_GZIP) else b""
    return b"".join(parts)


def as_utf8(data: bytes) -> bytes:
    """The file in UTF-8, whatever it says to be in; raises InvalidSvg."""
    encoding = encoding_of(data)
    if encoding == "utf-8":
        return data.removeprefix(b"\xef\xbb\xbf")
    if not _TEXT_ENCODINGS.fullmatch(encoding):
        raise InvalidSvg("The file says to be in an encoding that is not known here: save it as UTF-8.")
    try:
        return _DECLARATION.sub("", data.decode(encoding), count=1).encode().removeprefix(b"\xef\xbb\xbf")
    except (LookupError, UnicodeError):
        raise InvalidSvg(f"The file is not in the encoding that it says to be in ({encoding}).") from None


def encoding_of(data: bytes) -> str:
    """By the byte order mark, else by the XML declaration, else UTF-8."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return encoding
    if data[:2] in _UNMARKED:
        return _UNMARKED[data[:2]]
    declared = _DECLARED.match(data[:400])
    name = declared[1].decode().lower() if declared else "utf-8"
    return "utf-8" if name in ("utf8", "us-ascii", "ascii") or name.startswith("utf-16") else name


def measure(text: bytes, limits: Limits) -> None:
    """Go through the file once without keeping anything, and refuse what a parser that builds a tree should not see.

    Entities of the file itself are let in, for genuine drawings have them; they are unfolded here, and what comes
    out is held against the limits. Those from elsewhere are refused by their mere declaration.
    """
    gauge = _Gauge(limits)
    parser = expat.ParserCreate("utf-8", namespace_separator=None)
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = gauge.declare
    parser.StartElementHandler = gauge.start
    parser.EndElementHandler = gauge.end
    parser.CharacterDataHandler = gauge.text
    try:
        parser.Parse(text, True)  # noqa: FBT003 - as expat calls it: all of it
    except expat.ExpatError as error:
        if "amplification" in expat.errors.messages.get(error.code, ""):
            raise InvalidSvg("The file is unsafe: its entities unfold without end.") from None
        raise _not_well_formed(error.lineno) from None


class _Gauge:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._elements = self._depth = self._unfolded = 0

    def declare(
        self,
        _name: str,
        is_parameter: bool,  # noqa: FBT001
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if is_parameter or value is None:
            raise InvalidSvg("The file is unsafe: it declares an entity that is outside of it.")

    def start(self, _tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > self._limits.elements:
            raise too_large("elements", self._limits.elements)
        if self._depth > self._limits.depth:
            raise DrawingTooLarge(f"The elements of the drawing are nested more than {self._limits.depth} deep.")
        for value in attributes.values():
            self._unfolded += len(value)
        self.text("")

    def end(self, _tag: str) -> None:
        self._depth -= 1

    def text(self, text: str) -> None:
        self._unfolded += len(text)
        if self._unfolded > self._limits.inflated:
            raise InvalidSvg("The file is unsafe: its entities unfold to more than a drawing may have.")


def parse(text: bytes, limits: Limits) -> etree._Element:
    """Build the tree, without network, without anything from outside, and without mending."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities="internal",
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise _explained(error, limits) from None
    if root is None:
        raise InvalidSvg("The file is empty.")
    return root


def _explained(error: etree.XMLSyntaxError, limits: Limits) -> InvalidSvg | DrawingTooLarge:
    message = str(error)
    if "xcessive depth" in message:
        return DrawingTooLarge(f"The elements of the drawing are nested more than {limits.depth} deep.")
    if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
        raise MemoryError
    if "too long" in message or "too big" in message or "limit exceeded" in message:
        return DrawingTooLarge("An attribute or a text of the drawing has more than 10 MB.")
    if "amplification" in message or "entity loop" in message or "reference loop" in message:
        return InvalidSvg("The file is unsafe: its entities unfold without end.")
    return _not_well_formed(error.lineno or 0)


def _not_well_formed(line: int) -> InvalidSvg:
    return InvalidSvg(f"The file is not well-formed XML (line {line}).")
