"""Runs the web servers that the project brings configurations for, on free ports, before servers under test."""

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from socket import create_connection
from types import TracebackType
from typing import Protocol, Self

import pytest
from server_process import free_port

DOCKER = Path(__file__).parents[2] / "docker"
NAME = "whiteboard.example.org"
SECONDS = 20


def replaced(text: str, old: str, new: str) -> str:
    """Replace what must be there."""
    assert old in text, f"{old!r} is not in the configuration"
    return text.replace(old, new)


class Behind(Protocol):
    """What is behind: a `ServerProcess`, or what stands in for one."""

    @property
    def url(self) -> str:
        """Where it answers."""


class Front(ABC):
    """A web server in front of some servers: with HTTPS and a certificate for NAME, and for tests also without."""

    program: str

    def __init__(self, directory: Path, behind: Sequence[Behind], address: str = "127.0.0.1") -> None:
        if shutil.which(self.program) is None or shutil.which("openssl") is None:
            pytest.skip(f"{self.program} or openssl is not installed (Debian: apt install {self.program} openssl)")
        self.directory, self.behind, self.address = directory, behind, address
        self.port, self.tls_port, self.redirect_port = (free_port() for _ in range(3))
        self.certificate, self.key = directory / "fullchain.pem", directory / "privkey.pem"
        self.log = directory / "front.log"

    def adapted(self, site: str) -> str:
        """The configuration as a test needs it."""
        return site

    @property
    def url(self) -> str:
        """Where the site answers without HTTPS."""
        return f"http://{self.address}:{self.port}"

    @abstractmethod
    def command(self) -> list[str]:
        """Write the configuration for these ports, and give the command that runs it in the foreground."""

    def __enter__(self) -> Self:
        self.directory.mkdir()
        make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        files = ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(["openssl", *make, *names, *files], check=True, capture_output=True)
        with self.log.open("wb") as log:
            env = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(self.directory)}
            quiet = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen(self.command(), env=env, cwd=self.directory, **quiet)  # type: ignore[call-overload]
        end = time.monotonic() + SECONDS
        while not all(_answers(self.address, port) for port in (self.port, self.tls_port)):
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__(None, None, None)
                raise AssertionError(f"{self.program} did not start: {self.log.read_text()}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def upstreams(self) -> list[str]:
        """The addresses of the servers behind."""
        return [server.url.removeprefix("http://") for server in self.behind]


def _answers(address: str, port: int) -> bool:
    try:
        create_connection((address, port), 1).close()
    except OSError:
        return False
    return True


class Nginx(Front):
    """nginx with nginx/whiteboard.conf."""

    program = "nginx"

    def command(self) -> list[str]:
        site = (DOCKER / "nginx" / "whiteboard.conf").read_text("utf-8")
        apps = [line for line in site.splitlines() if line.strip().startswith("server app")]
        for line, upstream in zip_longest(apps, self.upstreams()):
            site = replaced(site, f"{line}\n", line.replace(line.split()[1], upstream) + "\n" if upstream else "")
        site = replaced(site, "listen 80;", f"listen {self.address}:{self.redirect_port};")
        both = f"listen {self.address}:{self.tls_port} ssl; listen {self.address}:{self.port};"
        site = replaced(site, "listen 443 ssl;", both)
        site = self.adapted(site)
        site = replaced(site, "/etc/nginx/certs/fullchain.pem", str(self.certificate))
        site = replaced(site, "/etc/nginx/certs/privkey.pem", str(self.key))
        paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        temporary = "".join(f"{path}_temp_path {self.directory / path};\n" for path in paths)
        user = "user root;\n" if os.geteuid() == 0 else ""  # nobody else may enter the directories of tests
        whole = (
            f"{user}daemon off; pid {self.directory / 'nginx.pid'}; error_log stderr; worker_processes 2;\n"
            f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{temporary}{site}}}\n"
        )
        file = self.directory / "nginx.conf"
        file.write_text(whole, "utf-8")
        return [str(shutil.which("nginx")), "-p", str(self.directory), "-e", "stderr", "-c", str(file)]


class Caddy(Front):
    """Caddy with caddy/Caddyfile."""

    program = "caddy"

    def command(self) -> list[str]:
        site = (DOCKER / "caddy" / "Caddyfile").read_text("utf-8")
        head, found, block = site.partition(f"\n{NAME} {{\n")
        assert found, "the site is not in the configuration"
        plain = f"\nhttp://:{self.port} {{\n\tbind {self.address}\n{block}"
        secure = (
            f"\nhttps://{NAME}:{self.tls_port} {{\n\tbind {self.address}\n\ttls {self.certificate} {self.key}\n{block}"
        )
        site = head + plain + secure
        site = self.adapted(replaced(site, "app1:8000 app2:8000 app3:8000", " ".join(self.upstreams())))
        file = self.directory / "Caddyfile"
        file.write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}", "utf-8")
        return [str(shutil.which("caddy")), "run", "--adapter", "caddyfile", "--config", str(file)]
