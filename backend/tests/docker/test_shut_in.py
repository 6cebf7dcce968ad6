"""The server lives with what the image and its orchestrators leave it: another user, nothing to write, number 1."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_process import READY, free_port, is_setting

pytestmark = pytest.mark.process

USER = 10001
READS = "-all,+dac_read_search"
"""It may read the project wherever that is, such as below /root; it writes nothing by it. (In the image, all may.)"""
AS_USER = [
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"),
    *(f"--inh-caps={READS}", f"--ambient-caps={READS}", f"--bounding-set={READS}"),
]
ISOLATED = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
SHUT_IN = """
set -e
mount --make-rprivate /
mount --bind "$WRITABLE" "$WRITABLE"
mount -o remount,bind,ro /
if touch "$BESIDE" 2>/dev/null; then echo "the file system is not read-only" >&2; exit 9; fi
exec "$@"
"""
APP = Path(__file__).parents[2] / "app"


@pytest.fixture
def writable() -> Iterator[Path]:
    """The one directory that may be written, with a data directory and one for temporary files."""
    with tempfile.TemporaryDirectory(prefix="shut-in-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        for each in ("data", "tmp"):
            (directory / each).mkdir(0o700)
            os.chown(directory / each, USER, USER)
        yield directory


@pytest.fixture
def permitted() -> None:
    """Skip where it cannot be tried."""
    if sys.platform != "linux" or os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("needs root on Linux, with unshare and setpriv (util-linux)")
    if subprocess.run([*ISOLATED, *AS_USER, "true"], capture_output=True, check=False).returncode:
        pytest.skip("namespaces are not permitted here")


@pytest.mark.usefixtures("permitted")
def test_the_server_runs_shut_in_as_in_its_image(writable: Path) -> None:
    outside = {name: value for name, value in os.environ.items() if not is_setting(name)}
    own = {"WHITEBOARD_DATA_DIR": str(writable / "data"), "WHITEBOARD_PORT": str(free_port())}
    places = {"WRITABLE": str(writable), "BESIDE": str(APP / "written"), "TMPDIR": str(writable / "tmp")}
    env = {**outside, **own, **places, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*ISOLATED, "sh", "-c", SHUT_IN, "sh", *AS_USER, sys.executable, "-m", "app.cli", "serve"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=env, cwd="/", text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            line = process.stdout.readline()
            assert line.startswith(READY), process.stderr.read()
            [first] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            status = Path(f"/proc/{first}/status").read_text()
            assert re.search(rf"^Uid:\s+{USER}\b", status, re.MULTILINE)
            assert re.search(r"^NSpid:.*\s1$", status, re.MULTILINE), "it is process 1"
            assert (writable / "data" / "redis.sock").exists(), "with a Redis of its own"
            os.kill(int(first), signal.SIGTERM)
            assert process.wait(30) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()
