"""The disk of the data directory: room, kind of file system, who may read it, and whether a sync is one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter

from app.services.inspection.findings import Finding, fail, ok, warn

LITTLE_BYTES = 2_000_000_000
TOO_LITTLE_BYTES = 200_000_000
FEW_INODES = 1000
NETWORK = {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "vboxsf"}
NETWORK_FUSE = {"fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "davfs", "fuse.davfs2"}
FLEETING = {"tmpfs", "ramfs"}
LAYERS = {"overlay", "aufs"}
LYING_SECONDS = 20e-6
SLOW_SECONDS = 0.02
TRIES = 50
LONGEST_TRIAL = 2.0
BLOCK = 4096


def room(directory: Path) -> Iterator[Finding]:
    """Free bytes and files."""
    usage, inodes = shutil.disk_usage(directory), os.statvfs(directory)
    found = f"{usage.free / 1e9:,.1f} GB free of {usage.total / 1e9:,.1f} GB"
    advice = "make room: a full disk stops saving"
    if usage.free < TOO_LITTLE_BYTES:
        yield fail("disk space", found, advice)
    elif usage.free < LITTLE_BYTES:
        yield warn("disk space", found, advice)
    elif inodes.f_files and inodes.f_favail < FEW_INODES:
        yield warn("disk space", f"room for {inodes.f_favail} more files only", "remove small files from this disk")
    else:
        yield ok("disk space", found)


def file_system(directory: Path) -> Iterator[Finding]:
    """A network's or memory's file system is no place for the database."""
    kind = kind_of(directory, Path("/proc/self/mountinfo"))
    if kind is None:
        yield ok("file system", "its kind cannot be told here; it must be a local disk")
    elif kind in NETWORK | NETWORK_FUSE:
        yield fail(
            "file system", f"{kind}: SQLite's log is not safe over a network", "choose a directory on a local disk"
        )
    elif kind in FLEETING:
        yield fail("file system", f"{kind}: it is gone after a restart", "choose a directory on a disk")
    elif kind in LAYERS:
        yield warn("file system", f"{kind}: it goes with the container", "mount a volume for the data directory")
    else:
        yield ok("file system", kind)


def kind_of(directory: Path, mounts: Path) -> str | None:
    """The kind of the file system that a directory is on, from the kernel's list (proc(5), mountinfo)."""
    if not mounts.exists():
        return None
    place = directory.resolve()
    found: tuple[int, str] | None = None
    for line in mounts.read_text("utf-8", errors="replace").splitlines():
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))
        depth = len(point.parts)
        if (place == point or point in place.parents) and (found is None or depth >= found[0]):
            found = (depth, after.split()[0])
    return found[1] if found else None


def sync_speed(directory: Path) -> Iterator[Finding]:
    """How long a small write takes until it is on disk: every edit waits for one."""
    times = timed_syncs(directory)
    middle, slowest = median(times), max(times)
    found = f"{middle * 1000:.2f} ms in the middle, {slowest * 1000:.1f} ms at worst, of {len(times)}"
    if middle < LYING_SECONDS:
        advice = "find out what stands between (a virtual disk, a cache, eatmydata): a power cut would lose edits"
        yield fail("fsync", f"{found}: no disk is so quick, so it does not sync", advice)
    elif middle > SLOW_SECONDS:
        yield warn("fsync", found, "a quicker disk: every edit waits for one before others see it")
    else:
        yield ok("fsync", found)


def timed_syncs(directory: Path) -> list[float]:
    """The seconds of some writes with their sync."""
    times: list[float] = []
    end = monotonic() + LONGEST_TRIAL
    with tempfile.TemporaryFile(dir=directory) as file:
        while len(times) < TRIES and (not times or monotonic() < end):
            file.write(os.urandom(BLOCK))
            file.flush()
            begun = perf_counter()
            os.fsync(file.fileno())
            times.append(perf_counter() - begun)
    return times


def closed_to_others(directory: Path, secrets: list[Path]) -> Iterator[Finding]:
    """What is in the data directory, and what holds secrets, is nobody else's to read."""
    open_ones = [str(path) for path in (directory, *secrets) if path.exists() and path.stat().st_mode & 0o077]
    if open_ones:
        yield warn("rights", f"others may read {', '.join(open_ones)}", f"chmod go= {' '.join(open_ones)}")
    else:
        yield ok("rights", "the data directory and the secrets are closed to other users")
