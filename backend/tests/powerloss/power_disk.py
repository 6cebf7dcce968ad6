"""A disk under files: what is safe on it, what is not yet, and what a power cut may leave of that.

What was synced is there. Of what was not, every sector of a file may hold any of the contents that it had since: that
is any subset of the writes in any order, torn where sectors or pages meet. The file's length may be any that it had,
and every name in the directory may mean any of the files (or none) that it meant since the directory was synced.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from random import Random

from power_strace import Call

SYNCS = ("fsync", "fdatasync")
GRAINS = (512, 4096, 1 << 30)
"""Sectors, pages, whole writes."""

Image = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes written at an offset, or (no bytes) a new length; made at the place `ended` of the record at the latest."""

    offset: int
    data: bytes | None
    ended: int

    @property
    def end(self) -> int:
        return self.offset + len(self.data or b"")

    def apply(self, content: bytearray) -> None:
        """Do it to a content."""
        if self.data is None:
            del content[self.offset :]
        if len(content) < self.offset:
            content.extend(bytes(self.offset - len(content)))
        if self.data is not None:
            content[self.offset : self.end] = self.data

    def torn(self, grain: int) -> Iterator["Change"]:
        """Its parts, cut where multiples of the grain lie."""
        data = self.data
        if data is None:
            yield self
            return
        at = self.offset
        while at < self.end:
            end = min((at // grain + 1) * grain, self.end)
            yield Change(at, data[at - self.offset : end - self.offset], self.ended)
            at = end


@dataclass(eq=False)
class File:
    """A file: its bytes on the disk, and the changes that are not there for sure."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def sync(self, before: int) -> None:
        """Make safe what was done before that place."""
        for change in self.pending:
            if change.ended < before:
                change.apply(self.safe)
        self.pending = [change for change in self.pending if change.ended >= before]

    def seen(self) -> bytes:
        """What a process reads that opens it now."""
        content = bytearray(self.safe)
        for change in self.pending:
            change.apply(content)
        return bytes(content)

    def cut(self, random: Random) -> bytes:
        """What a power cut leaves."""
        kept = list(self._kept(random))
        lengths = [len(self.safe)]
        for change in self.pending:
            lengths.append(change.offset if change.data is None else max(lengths[-1], change.end))
        content = bytearray(self.safe)
        longest = max(lengths)
        content += self._filler(random, longest)[len(content) :]
        natural = len(self.safe)
        for change in kept:
            change.apply(content)
            natural = change.offset if change.data is None else max(natural, change.end)
        content += bytes(max(0, longest - len(content)))
        return bytes(content[: random.choice([natural, natural, random.choice(lengths), lengths[-1]])])

    def _kept(self, random: Random) -> Iterator[Change]:
        """The parts of changes that reached the disk, in the order in which they did."""
        pending = list(self.pending)
        odds = random.choice([0.0, 1.0, 0.1, 0.5, 0.5, 0.9])
        if random.random() < 0.25:  # in order up to a point, where one was torn
            pending = pending[: random.randint(0, len(pending))]
            last = list(pending.pop().torn(512)) if pending else []
            yield from pending
            yield from last[: random.randint(0, len(last))]
            return
        grain = random.choice(GRAINS)
        parts = [part for change in pending for part in change.torn(grain) if random.random() < odds]
        if random.random() < 0.5:
            random.shuffle(parts)
        yield from parts

    def _filler(self, random: Random, length: int) -> bytes:
        """What stands in blocks that belong to the file already, and were never written: mostly zeros."""
        kind = random.random()
        if kind < 0.7 or not self.pending:
            return bytes(length)
        if kind < 0.85:
            return random.randbytes(length)
        stale = self.seen()  # somebody's old blocks, that look right and lie in the wrong place
        shift = random.randrange(0, len(stale) + 1, 512)
        return (stale[shift:] + stale[:shift]).ljust(length, b"\0")[:length]


class Disk:
    """The files of one directory, as system calls change them; `syncs=False` is a disk that lies about every sync."""

    def __init__(self, directory: PurePath, image: Image | None = None, *, syncs: bool = True) -> None:
        self.directory = str(directory)
        self._syncs = syncs
        self._safe: dict[str, File | None] = {name: File(bytearray(data)) for name, data in (image or {}).items()}
        self._now = dict(self._safe)
        self._pending: list[tuple[str, File | None, int]] = []
        self.counts = Counter[str]()

    def begin(self, call: Call) -> None:
        """A call may take effect from now on."""
        name = self._name(call)
        if call.name == "pwrite64" and name:
            self._file(name).pending.append(Change(call.numbers[-1], call.data, call.ended))
            self.counts["writes"] += 1
            self.counts["log_restarts"] += name.endswith("-wal") and call.numbers[-1] == 0
        elif call.name == "ftruncate" and name:
            self._file(name).pending.append(Change(call.numbers[-1], None, call.ended))
            self.counts["writes"] += 1
        elif call.name == "unlink" and name:
            self._rename(name, None, call.ended)
        elif call.name == "openat" and name and self._now.get(name) is None:
            self._rename(name, File(), call.ended)
        elif name and call.name not in (*SYNCS, "openat"):
            raise AssertionError(f"the disk does not know {call.name} of {name}")

    def end(self, call: Call) -> None:
        """A call has taken effect; a sync makes safe what had ended before it began."""
        if call.name not in SYNCS or not self._syncs:
            return
        if call.path == self.directory:
            self._sync_names(call.begun)
        elif name := self._name(call):
            self._file(name).sync(call.begun)
            self.counts["syncs"] += 1

    def cut(self, random: Random) -> Image:
        """The power goes: one of the many things that may be found afterwards."""
        found = dict(self._safe)
        meanings: dict[str, list[File | None]] = {}
        for name, file, _ in self._pending:
            meanings.setdefault(name, [found.get(name)]).append(file)
        found.update((name, random.choice(files)) for name, files in meanings.items())
        image = {name: file.cut(random) for name, file in found.items() if file}
        return {name: self._shm(random) if name.endswith("-shm") else data for name, data in image.items()}

    def restart(self, directory: PurePath) -> Image:
        """The processes end, and the kernel goes on: gives what the next ones find, who are recorded anew elsewhere."""
        self.directory = str(directory)
        self._pending = [(name, file, -1) for name, file, _ in self._pending]
        for file in filter(None, {*self._now.values(), *self._safe.values()}):
            file.pending = [replace(change, ended=-1) for change in file.pending]
        return {name: file.seen() for name, file in self._now.items() if file and not name.endswith("-shm")}

    def _shm(self, random: Random) -> bytes:
        """The index in shared memory is mapped and never synced: anything may be found."""
        return random.choice([b"", bytes(32768), random.randbytes(32768)])

    def _name(self, call: Call) -> str | None:
        path = PurePath(call.path)
        return path.name if str(path.parent) == self.directory else None

    def _file(self, name: str) -> File:
        file = self._now.get(name)
        assert file is not None, f"{name} was changed, and never made"
        return file

    def _rename(self, name: str, file: File | None, ended: int) -> None:
        self._now[name] = file
        self._pending.append((name, file, ended))
        self.counts["names"] += 1

    def _sync_names(self, before: int) -> None:
        self._safe.update((name, file) for name, file, ended in self._pending if ended < before)
        self._pending = [change for change in self._pending if change[2] >= before]
