"""Results as lines on the screen, as JSON, as a table, and as a picture."""
# ruff: noqa: T201 - figures for people

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

GIT = (shutil.which("git") or "git", "rev-parse", "--short", "HEAD")
PACKAGES = ("uvicorn", "websockets", "uvloop", "fastapi", "msgspec", "redis")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `aim`: at most this much (None: for comparison only)."""

    case: str
    what: str
    value: float
    unit: str
    aim: float | None = None

    @property
    def held(self) -> bool | None:
        """Is the aim reached?"""
        return None if self.aim is None else self.value <= self.aim

    def __str__(self) -> str:
        """As a line."""
        aim = "" if self.aim is None else f"  (aim: at most {self.aim:g})"
        mark = {None: " ", True: "✓", False: "✗"}[self.held]
        return f"  {mark} {self.what:58} {self.value:10.4g} {self.unit}{aim}"


@dataclass
class Report:
    """The figures of a run, told as they come."""

    figures: list[Figure] = field(default_factory=list)
    _case: str = ""

    def case(self, name: str) -> None:
        """Begin a case."""
        self._case = name
        print(f"\n{name}", flush=True)

    def tell(self, what: str, value: float, unit: str, aim: float | None = None) -> None:
        """Take a figure down, and print it."""
        figure = Figure(self._case, what, value, unit, aim)
        self.figures.append(figure)
        print(figure, flush=True)

    def save(self, directory: Path, name: str) -> None:
        """Write `name`.json and `name`.md."""
        directory.mkdir(exist_ok=True)
        figures = [
            {"case": each.case, "what": each.what, "value": each.value, "unit": each.unit, "aim": each.aim}
            for each in self.figures
        ]
        (directory / f"{name}.json").write_text(json.dumps({**circumstances(), "figures": figures}, indent=1) + "\n")
        (directory / f"{name}.md").write_text(self._table())

    def _table(self) -> str:
        lines = [", ".join(f"{key} {value}" for key, value in circumstances().items()), ""]
        lines += ["| case | figure | | aim | |", "|---|---|---|---|---|"]
        for each in self.figures:
            aim = "" if each.aim is None else f"≤ {each.aim:g}"
            mark = {None: "", True: "held", False: "**missed**"}[each.held]
            lines.append(f"| {each.case} | {each.what} | {each.value:.4g} {each.unit} | {aim} | {mark} |")
        return "\n".join(lines) + "\n"


def circumstances() -> dict[str, str]:
    """On what, with what, and when."""
    commit = subprocess.run(GIT, capture_output=True, text=True, check=False)  # noqa: S603
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": commit.stdout.strip() or "unknown",
        "machine": f"{os.cpu_count()} cores, {_processor()}, load {os.getloadavg()[0]:.1f}",
        "system": platform.platform(terse=True),
        "Python": sys.version.split()[0],
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
