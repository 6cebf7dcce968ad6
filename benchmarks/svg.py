"""How well and how fast SVG goes in and out, judged by pictures of real files: `python benchmarks/svg.py`.

Of every file two neutral versions are made: its own strokes, and the outlines of all its shapes. Each is imported, and
what would be exported of it is drawn by resvg beside the version itself. `--all` takes every file instead of some of
each set; `--check` ends with 1 if a promise of docs/svg.md is not kept.
"""
# ruff: noqa: T201 - figures for people

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from svg_files import sets

sys.path.append(str(sets.libraries()))

from svg_files.importing import ImportedPath, exported, imported
from svg_files.judge import Verdict, judge
from svg_files.neutral import outlines_of, strokes_of

SOME = 300
OUTLINES = 0.99
"""The least share of a set's files whose outlines must pass. Of icons drawn with strokes, all strokes must."""
WORST = 3
HEAD = """| set | files | strokes right | outlines right | comes back | files a CPU second | MB a CPU second |
|---|---|---|---|---|---|---|"""

T = TypeVar("T")


@dataclass(slots=True)
class Seen:
    """What became of one file: a verdict for each version (None: nothing to be seen), or what went wrong."""

    set: str
    name: str
    bytes: int
    seconds: float = 0.0
    same: bool = False
    verdicts: dict[str, Verdict | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def counts(self, kind: str) -> bool:
        """Is there anything to be seen, or did it go wrong?"""
        return kind in self.faults or self.verdicts.get(kind) is not None

    def passed(self, kind: str) -> bool:
        """Is the picture right?"""
        verdict = self.verdicts.get(kind)
        return verdict is not None and verdict.passed


def look(where: tuple[str, Path]) -> Seen:
    """Import a file as it is and in both versions, and judge."""
    svg = where[1].read_bytes()
    seen = Seen(where[0], where[1].name, len(svg))
    began = time.process_time()  # the machine may be busy with other things
    paths = tried(seen, "import", partial(imported, svg))
    seen.seconds = time.process_time() - began
    seen.same = bool(paths is not None and tried(seen, "again", partial(comes_back, paths)))
    for kind, neutral in (("strokes", strokes_of), ("outlines", outlines_of)):
        seen.verdicts[kind] = tried(seen, kind, partial(judged, neutral, svg))
    return seen


def judged(neutral: Callable[[bytes], bytes], svg: bytes) -> Verdict | None:
    """The verdict on one version of a file."""
    version = neutral(svg)
    return judge(version, imported(version))


def comes_back(paths: list[ImportedPath]) -> bool:
    """Export, import, export: are both exports the same, byte for byte?"""
    once = exported(paths)
    return exported(imported(once)) == once


def tried(seen: Seen, what: str, work: Callable[[], T]) -> T | None:
    """What the work gives; whatever goes wrong is noted as the file's fault."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001
        seen.faults[what] = f"{type(error).__name__}: {error}"[:200]
        return None


def share(seen: list[Seen], kind: str) -> tuple[int, float]:
    """How many files count, and the share of them that passed."""
    counted = [each for each in seen if each.counts(kind)]
    return len(counted), sum(each.passed(kind) for each in counted) / max(1, len(counted))


def row(name: str, seen: list[Seen]) -> str:
    """A set's line in the table."""
    (stroked, strokes), (_, outlines) = share(seen, "strokes"), share(seen, "outlines")
    same = sum(each.same for each in seen) / len(seen)
    seconds, size = sum(each.seconds for each in seen), sum(each.bytes for each in seen)
    own = f"{strokes:.2%} of {stroked}" if stroked else "none"
    pace = f"{len(seen) / seconds:.0f} | {size / seconds / 1e6:.1f}"
    return f"| {name} | {len(seen)} | {own} | {outlines:.2%} | {same:.2%} | {pace} |"


def worst(seen: list[Seen]) -> list[str]:
    """The files that fail, those that miss most first."""
    failed = [
        (verdict.coverage if (verdict := each.verdicts.get(kind)) else -1.0, each, kind)
        for each in seen
        for kind in ("strokes", "outlines")
        if each.counts(kind) and not each.passed(kind)
    ]
    return [told(each, kind) for _, each, kind in sorted(failed, key=lambda one: one[0])]


def told(each: Seen, kind: str) -> str:
    """One failure in one line."""
    verdict = each.verdicts.get(kind)
    why = f"coverage {verdict.coverage:.3f}, ink {verdict.ink_ratio:.2f}" if verdict else each.faults.get(kind)
    return f"{each.set}/{each.name}, {kind}: {why}"


def broken(name: str, seen: list[Seen]) -> list[str]:
    """The promises that a set breaks."""
    stroked = name in {package.short for package in sets.PACKAGES if package.stroked}
    found = [
        f"{name}: {each.name} cannot be imported: {each.faults['import']}" for each in seen if "import" in each.faults
    ]
    found += [f"{name}: {each.name} does not come back as it was" for each in seen if not each.same and not each.faults]
    if stroked and share(seen, "strokes")[1] < 1:
        found.append(f"{name}: not all strokes are right")
    if share(seen, "outlines")[1] < OUTLINES:
        found.append(f"{name}: fewer than {OUTLINES:.0%} of the outlines are right")
    return found


def some_of(files: list[Path], count: int) -> list[Path]:
    """So many of the files, evenly spread; all of them for 0."""
    step = max(1, len(files) // count) if count else 1
    return files[::step]


def options() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--set", action="append", help="only this set (may be repeated)")
    parser.add_argument("--some", type=int, default=SOME, help=f"files of each set, evenly spread ({SOME})")
    parser.add_argument("--all", action="store_const", const=0, dest="some", help="every file")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--check", action="store_true", help="end with 1 if a promise is not kept")
    parser.add_argument("--failures", type=Path, help="write every failure to this file")
    return parser.parse_args()


def main() -> None:
    """Judge, and print."""
    given = options()
    sets.install()
    chosen = {name: some_of(each, given.some) for name, each in sets.files().items() if name in (given.set or [name])}
    print(HEAD)
    failures, promises = [], []
    with multiprocessing.Pool(given.jobs) as pool:
        for name, files in chosen.items():
            seen = pool.map(look, [(name, file) for file in files], chunksize=8)
            print(row(name, seen), flush=True)
            failures.append(worst(seen))
            promises += broken(name, seen)
    print(*(line for lines in failures for line in lines[:WORST]), sep="\n")
    if given.failures:
        given.failures.write_text("".join(f"{line}\n" for lines in failures for line in lines))
    if given.check and promises:
        sys.exit("\n".join(promises))


if __name__ == "__main__":
    main()
