"""What a process asked of the kernel, in order: runs it under strace, and reads the record."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DISK = "openat,open,creat,pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,sync_file_range,ftruncate,truncate"
NAMES = "fallocate,msync,unlink,unlinkat,link,linkat,rename,renameat,renameat2,copy_file_range,sendfile,splice"
SOCKETS = "sendto,sendmsg,sendmmsg"
LONGEST = 1 << 20
"""No write may be longer: the record would be cut, and reading it fails."""

BEGUN = re.compile(r"(\d+) +(\w+)\((.*)", re.DOTALL)
RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"
RESULT = re.compile(r"\) += (-?\d+)[^\"]*$")
DESCRIPTOR = re.compile(r"\d+<([^>]*)>(\(deleted\))?")
STRING = re.compile('"([^"]*)"')
NUMBER = re.compile(r", (\d+)(?=[,)])")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call: what it was about, and the places in the record where it began and ended.

    `path` is the file (or socket) of its descriptor or first argument; `data` what it wrote, as far as it got;
    `numbers` its plain numeric arguments after that.
    """

    name: str
    path: str
    data: bytes
    numbers: tuple[int, ...]
    result: int
    begun: int
    ended: int


def traced(record: Path, calls: str, *options: str) -> tuple[str, ...]:
    """What to put before a command, so that it and its children write their calls down."""
    quick = ("-f", "--seccomp-bpf")  # other calls are not even slowed down
    return ("strace", *quick, *options, "-y", "-xx", "-s", str(LONGEST), "-o", str(record), "-e", f"trace={calls}")


@cache
def trouble() -> str | None:
    """Why nothing can be traced here, or None."""
    if shutil.which("strace") is None:
        return "there is no strace (Debian: apt install strace)"
    command = (*traced(Path("/dev/null"), "fsync"), "true")
    tried = subprocess.run(command, check=False, capture_output=True, text=True)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else None


def read_calls(lines: Iterable[str]) -> list[Call]:
    """Every call that succeeded, in the order in which they began."""
    return sorted(_calls(lines), key=lambda call: call.begun)


def _calls(lines: Iterable[str]) -> Iterator[Call]:
    under_way: dict[str, tuple[int, str]] = {}
    for place, line in enumerate(lines):
        text = line.rstrip("\n")
        if match := RESUMED.match(text):
            thread, name, rest = match.groups()
            begun, arguments = under_way.pop(thread)
            yield from _call(name, arguments + rest, begun, place)
        elif match := BEGUN.match(text):
            thread, name, rest = match.groups()
            if rest.endswith(UNFINISHED):
                under_way[thread] = place, rest.removesuffix(UNFINISHED)
            else:
                yield from _call(name, rest, place, place)


def _call(name: str, text: str, begun: int, ended: int) -> Iterator[Call]:
    result = RESULT.search(text)
    if result is None or int(result[1]) < 0:  # it failed, or the process ended in it
        return
    assert '"...' not in text, f"the record of {name} is cut"
    words = [unquote(word) for word in STRING.findall(text)]
    descriptor = DESCRIPTOR.match(text)
    count = int(result[1])
    if descriptor:
        path = unquote(descriptor[1]).decode() + (descriptor[2] or "")
        data = b"".join(words)[:count]
    else:
        path, data = (words[0].decode() if words else ""), b""
    numbers = NUMBER.findall(text, text.rfind('"') + 1)
    yield Call(name, path, data, tuple(map(int, numbers)), count, begun, ended)


def unquote(digits: str) -> bytes:
    """Bytes from strace's spelling of them, where all are in hexadecimal."""
    return bytes.fromhex(digits.replace("\\x", " "))
