"""Sets of real files: packages of exact versions, fetched by the registries' own clients and checked by their hashes.

They stay in a folder that is no part of the project, and can be fetched again at any time.
"""
# ruff: noqa: S603, T201 - our own commands; what takes long is told

import base64
import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "svg-sets"
FIGURES = Path(__file__).with_name("figures.py")


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package: its SHA-512 as npm tells it, its licence, and which of its files are judged."""

    name: str
    version: str
    sha512: str
    licence: str
    pattern: str
    stroked: bool = False
    """Icons that are drawn with strokes: each of them must pass."""

    @property
    def short(self) -> str:
        """What the set is called here."""
        return self.name.replace("@", "").replace("/", "-")

    @property
    def folder(self) -> Path:
        """Where its files are, once they are there."""
        return FOLDER / f"{self.short}-{self.version}"


PACKAGES = (
    Package(
        "@tabler/icons",
        "3.51.0",
        "0pinvPZz7YeX+OSfxuEAbnEPWbocVXW5iU8h5lh41pYG8sZuQfpWECC980lxOT0clGIcNGn8xsBr+zKaRGdA/g==",
        "MIT",
        "icons/*/*.svg",
        stroked=True,
    ),
    Package(
        "lucide-static",
        "1.62.0",
        "WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA==",
        "ISC",
        "icons/*.svg",
        stroked=True,
    ),
    Package(
        "@mdi/svg",
        "7.4.47",
        "WQ2gDll12T9WD34fdRFgQVgO8bag3gavrAgJ0frN4phlwdJARpE6gO1YvLEMJR0KKgoc+/Ea/A0Pp11I00xBvw==",
        "Apache-2.0",
        "svg/*.svg",
    ),
    Package(
        "simple-icons",
        "16.37.0",
        "8mCJIhpMYOL9g13GW59EiL3sVXJnTEKGCTZFaekl9UQ3Qo0SwVjnLaJ82QiaH8BKBdouEDzrHMXIWh8cBIy48A==",
        "CC0-1.0",
        "icons/*.svg",
    ),
    Package(
        "@twemoji/svg",
        "15.0.0",
        "ZSPef2B6nBaYnfgdTbAy4jgW95o7pi2xPGwGCU+WMTxo7J6B1lMPTWwSq/wTuiMq+N0khQ90CcvYp1wFoQpo/w==",
        "MIT, CC-BY-4.0",
        "*.svg",
    ),
    Package(
        "devicon",
        "2.17.0",
        "2nKUdjobJlmRSaCHa50PGsVq0VDURnq9gVzQoJggsM/NKN0tLhC/Uq2zmy2pH36Q/1q3gvYwp/GjTgv/R0Ysbg==",
        "MIT",
        "icons/*/*.svg",
    ),
    Package(
        "flag-icons",
        "7.5.0",
        "kd+MNXviFIg5hijH766tt+3x76ele1AXlo4zDdCxIvqWZhKt4T83bOtxUOOMlTx/EcFdUMH5yvQgYlFh1EqqFg==",
        "MIT",
        "flags/*/*.svg",
    ),
    Package(
        "@svg-maps/world",
        "2.0.0",
        "VmYYnyygJ5Zhr48xPqukFBoq4aCBgVNIjBzqBnWKXSdHhrRK3pntdvbCa8lMsxwVCFzEw9a+smIMEGI2sC1xcQ==",
        "CC-BY-4.0",
        "*.svg",
    ),
)
"""Logos and flags may be trademarks; they are looked at here, and not passed on."""


def install() -> None:
    """Fetch what is not there yet."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        if not package.folder.exists():
            _unpack(_fetched(package), package)
    _environment()
    if not (FOLDER / "matplotlib").exists():
        draft = FOLDER / "matplotlib.tmp"
        subprocess.run([_python(), FIGURES, draft], check=True)
        draft.rename(FOLDER / "matplotlib")


def files() -> dict[str, list[Path]]:
    """The files of every set that is installed, in order of name."""
    found = {package.short: sorted(package.folder.glob(package.pattern)) for package in PACKAGES}
    found["matplotlib"] = sorted((FOLDER / "matplotlib").glob("*.svg"))
    return {name: each for name, each in found.items() if each}


def libraries() -> Path:
    """Where the environment of the judge has its libraries (numpy, Pillow)."""
    return next(_environment().glob("lib/python*/site-packages"))


def _fetched(package: Package) -> Path:
    print(f"Fetching {package.name} {package.version} …", file=sys.stderr)
    command = ["npm", "pack", f"{package.name}@{package.version}", "--silent", "--ignore-scripts"]
    done = subprocess.run(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=True)
    archive = FOLDER / done.stdout.split()[-1]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.sha512:
        archive.unlink()
        sys.exit(f"{package.name} {package.version} is not what it was: its SHA-512 is {digest}.")
    return archive


def _unpack(archive: Path, package: Package) -> None:
    """The SVG files and the licence; the archive goes."""
    draft = package.folder.with_suffix(".tmp")
    with tarfile.open(archive) as packed:
        packed.extractall(draft, members=_wanted(packed), filter="data")
    (draft / "package").rename(package.folder)
    draft.rmdir()
    archive.unlink()


def _wanted(packed: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in packed:
        name = Path(member.name)
        if member.isfile() and (name.suffix == ".svg" or name.stem.lower() == "license"):
            yield member


def is_set_up() -> bool:
    """Is the environment of the judge there?"""
    return (_place() / "done").exists()


def _place() -> Path:
    wanted = (ROOT / "requirements" / "svg.txt").read_bytes()
    return FOLDER / f"environment-{hashlib.sha256(wanted).hexdigest()[:12]}"


def _environment() -> Path:
    """An environment with exactly what `requirements/svg.txt` names, made if it is missing."""
    folder = _place()
    if not is_set_up():
        print("Setting up matplotlib …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        command = [folder / "bin" / "python", "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps", "-r"]
        subprocess.run([*command, ROOT / "requirements" / "svg.txt"], check=True)
        (folder / "done").touch()
    return folder


def _python() -> str:
    return os.fspath(_environment() / "bin" / "python")
