"""A site of three hosts behind nginx, with PostgreSQL and Redis, each on a machine of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest
import spied_server
from front import Nginx, replaced
from networks import Machine, Network, NotPermitted
from outside import stored_in
from postgres_server import MISSING, PASSWORD, USER, PostgresServer, programs
from redis import Redis
from redis.exceptions import RedisError
from server_process import ServerProcess

from app.core.parent import end_with_parent
from app.core.redis_server import find_program

HOSTS = ("a", "b", "c")
MACHINES = (*HOSTS, "nginx", "redis", "postgres", "people")
PORT, REDIS_PORT = 8000, 6379
SECONDS = 20
SERVED_BY = "X-Served-By"
Command = tuple[str, ...]
USUAL: Command = (sys.executable, spied_server.__file__, "serve")


def lacking() -> str:
    """What is missing here, in words; nothing, if all is there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "root on Linux, for network namespaces"
    if programs() is None:
        return MISSING
    absent = [each for each in ("ip", "nginx", "openssl") if shutil.which(each) is None]
    return f"{', '.join(absent)} (Debian: apt install iproute2 nginx openssl)" if absent else ""


class Host(ServerProcess):
    """A server on a machine."""

    def __init__(self, machine: Machine, data_dir: Path, env: dict[str, str], command: Command) -> None:
        super().__init__(data_dir, {"WHITEBOARD_HOST": machine.address, **env}, PORT)
        self.machine = machine
        self.command = ("ip", "netns", "exec", machine.namespace, *command)

    @property
    def name(self) -> str:
        """The machine's."""
        return self.machine.name

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://{self.machine.address}:{PORT}"


class MarkedNginx(Nginx):
    """nginx as it is shipped, but each answer says which host it is of."""

    def adapted(self, site: str) -> str:
        """Add a header to answers."""
        mark = f"add_header {SERVED_BY} $upstream_addr always;"
        return replaced(site, "    add_header Strict", f"    {mark}\n    add_header Strict")


class Site:
    """All of it.

    `command` starts the first host. `data_dir` is what the book of what was promised goes by (see `outside.ask`);
    nothing lies there.
    """

    def __init__(self, command: Command = USUAL) -> None:
        self._command = command
        self._stack = ExitStack()
        self.hosts: list[Host] = []

    def start(self) -> Self:
        """Start everything. Raises NotPermitted."""
        try:
            self.network = self._stack.enter_context(Network(*MACHINES))
            self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="wb-hosts-")))
            self.directory.chmod(0o755)
            self.data_dir = self.directory / "nothing"
            self.database, beside = self._start_postgres()
            self._stack.enter_context(stored_in(self.data_dir, beside))
            self._start_hosts({"DATABASE_URL": self.database, "REDIS_URL": self._start_redis()})
            with self.network["nginx"].inside():
                address = self.network["nginx"].address
                self.front = self._stack.enter_context(MarkedNginx(self.directory / "nginx", self.hosts, address))
            # Whoever runs the test is one of the people from now on.
            self._stack.enter_context(self.network["people"].inside())
        except BaseException:
            self._stack.close()
            raise
        return self

    def close(self) -> None:
        """End everything."""
        self._stack.close()

    def host(self, name: str) -> Host:
        """One of the hosts."""
        return next(each for each in self.hosts if each.name == name)

    def _start_postgres(self) -> tuple[str, str]:
        """Start PostgreSQL; gives the URL of a database for the hosts, and for the test, whom no cut concerns."""
        sockets, access = self.directory / "postgres", self.directory / "pg_hba.conf"
        sockets.mkdir()
        sockets.chmod(0o777)
        access.write_text("local all all trust\nhost all all 0.0.0.0/0 scram-sha-256\n")
        places = ("listen_addresses=*", f"unix_socket_directories={sockets}", f"hba_file={access}")
        machine = self.network["postgres"]
        with machine.inside():
            server = self._stack.enter_context(PostgresServer("fsync=on", *places))
            name = server.create().rpartition("/")[2]
        login = f"postgresql://{USER}:{PASSWORD}@"
        return f"{login}{machine.address}:{server.port}/{name}", f"{login}/{name}?host={sockets}&port={server.port}"

    def _start_redis(self) -> str:
        address = self.network["redis"].address
        words = ["--port", str(REDIS_PORT), "--bind", address, "--protected-mode", "no", "--save", ""]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with self.network["redis"].inside():
            process = subprocess.Popen(  # type: ignore[call-overload]
                [find_program(), *words, "--appendonly", "no", "--maxmemory-policy", "noeviction"],
                cwd="/",
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid(), signal.SIGKILL),  # noqa: PLW1509 - made ready before the fork
                **quiet,
            )
            self._stack.callback(process.wait)
            self._stack.callback(process.kill)
            _wait_for_redis(address)
        return f"redis://{address}:{REDIS_PORT}/0"

    def _start_hosts(self, shared: dict[str, str]) -> None:
        settings = {
            **shared,
            "WHITEBOARD_JWT_KEY": os.urandom(32).hex(),
            "WHITEBOARD_TRUSTED_PROXIES": self.network["nginx"].address,
            "WHITEBOARD_ROOMS_PER_ADDRESS": "0",
        }
        for name in HOSTS:
            own = {} if name == HOSTS[0] else {"WHITEBOARD_BACKUP_SECONDS": "0"}
            if name == HOSTS[2]:
                own["WHITEBOARD_WORKERS"] = "2"
            command = self._command if name == HOSTS[0] else USUAL
            host = Host(self.network[name], self.directory / name, {**settings, **own}, command)
            self.hosts.append(host)
            self._stack.enter_context(host)


def _wait_for_redis(address: str) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            with Redis(address, REDIS_PORT) as client:
                client.ping()
                return
        except RedisError:
            assert time.monotonic() < end, "Redis does not answer"
            time.sleep(0.02)


def begun(command: Command = USUAL) -> Site:
    """A site; the test is skipped, and told why, where there can be none."""
    if missing := lacking():
        pytest.skip(f"needs {missing}")
    try:
        return Site(command).start()
    except NotPermitted as error:
        pytest.skip(f"network namespaces are not permitted here: {error}")
