"""What the image, the compose files and the Kubernetes manifest name is there, and fits together.

No container engine takes part: the image is not built, only its files, settings and restrictions are tried.
"""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from ipaddress import ip_address, ip_network
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from server_process import is_setting

from app.core.config import BARE, Settings, load_settings
from app.core.workers.worker import ANSWER_SECONDS

DOCKER = Path(__file__).parents[2] / "docker"
ROOT = DOCKER.parents[1]
GIVEN = {
    "WHITEBOARD_PUBLIC_URL": "https://whiteboard.example.org",
    "WHITEBOARD_JWT_KEY": "k" * 64,
    "POSTGRES_PASSWORD": "secret",
    "WHITEBOARD_WORKERS": "2",
}
ONE, SEVERAL = "compose.yml", "compose.several.yml"
USER = "10001"
STOP_SECONDS = 8
"""What an orderly stop takes at most: 5 s to drain, 3 s to close."""


def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and what follows each."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in text.splitlines() if line.strip()]


def image_env() -> dict[str, str]:
    """The environment that the image sets."""
    pairs = " ".join(rest for word, rest in dockerfile() if word == "ENV").split()
    return dict(pair.split("=", 1) for pair in pairs)


def composed(name: str) -> dict[str, Any]:
    """A compose file with its variables filled in."""
    text = (DOCKER / name).read_text("utf-8")
    filled: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{(\w+):[?-][^}]*\}", lambda found: GIVEN[found[1]], text))
    return filled


def apps(name: str) -> dict[str, dict[str, Any]]:
    """Its services that are whiteboards."""
    return {key: each for key, each in composed(name)["services"].items() if each["image"] == "whiteboard"}


def manifest() -> dict[str, dict[str, Any]]:
    """The objects for Kubernetes, by their kind."""
    return {each["kind"]: each for each in yaml.safe_load_all((DOCKER / "kubernetes.yml").read_text("utf-8"))}


def environments() -> dict[str, dict[str, str]]:
    """What every whiteboard is given, by who gives it."""
    found = {f"{name} {key}": each["environment"] for name in (ONE, SEVERAL) for key, each in apps(name).items()}
    kinds = manifest()
    found["kubernetes"] = {**kinds["ConfigMap"]["data"], **kinds["Secret"]["stringData"]}
    return {key: {**image_env(), **env} for key, env in found.items()}


# The image.


def test_the_image_is_made_of_files_that_are_there_and_reach_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = [line[1:] for line in lines if line.startswith("!")]
    copied = [rest.split()[:-1] for word, rest in dockerfile() if word == "COPY" and not rest.startswith("--from")]
    for source in chain.from_iterable(copied):
        assert (ROOT / source).exists(), source
        assert source in let_in, f"{source} is kept from the builder"
    for path in let_in:
        assert (ROOT / path).exists(), path
    assert not any(fnmatch(secret, path) for path in let_in for secret in ("data", ".env", "backend/docker/certs"))


def test_all_that_the_server_reads_of_the_repository_is_in_the_image() -> None:
    copied = " ".join(rest for word, rest in dockerfile() if word == "COPY")
    assert {"backend/app", "backend/alembic", "client", "frontend", "pyproject.toml"} <= set(copied.split())


def test_the_image_runs_as_nobody_special_and_says_when_it_is_well() -> None:
    told = dict(dockerfile())
    assert told["USER"] == f"{USER}:{USER}"
    assert told["VOLUME"] == image_env()["WHITEBOARD_DATA_DIR"]
    assert told["EXPOSE"] == image_env()["WHITEBOARD_PORT"]
    assert f"http://127.0.0.1:{told['EXPOSE']}/healthz" in told["HEALTHCHECK"]
    assert f"-o {USER} -g {USER} -m 0700 {told['VOLUME']}" in " ".join(rest for _, rest in dockerfile())


# Settings.


def test_every_setting_that_is_given_is_one() -> None:
    known = {f"WHITEBOARD_{name.upper()}" for name in Settings.model_fields} | BARE
    for place, env in environments().items():
        assert {name for name in env if is_setting(name)} <= known, place


def test_the_server_takes_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in filter(is_setting, list(os.environ)):
        monkeypatch.delenv(name)
    for place, env in environments().items():
        if place == "kubernetes":
            assert env["WHITEBOARD_JWT_KEY"] == "", "nobody runs with a key that everybody knows"
            env["WHITEBOARD_JWT_KEY"] = GIVEN["WHITEBOARD_JWT_KEY"]
        with monkeypatch.context() as given:
            for name, value in env.items():
                given.setenv(name, value)
            settings = load_settings()
        assert (settings.host, settings.port, str(settings.data_dir)) == ("0.0.0.0", 8000, "/data"), place  # noqa: S104
        assert settings.trusted_proxies, place
        if place != f"{ONE} app":
            assert (settings.database_url or "").startswith("postgresql://"), place
            assert settings.redis_url, place
            assert settings.jwt_key, place


# Compose.


@pytest.mark.parametrize("name", [ONE, SEVERAL])
def test_what_a_compose_file_names_is_there(name: str) -> None:
    whole = composed(name)
    for key, service in whole["services"].items():
        assert set(service.get("depends_on", ())) <= whole["services"].keys(), key
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("."):  # the certificate is the site's own
                there = source == "./certs" or (DOCKER / source).is_file()
            else:
                there = source in whole["volumes"]
            assert there, f"{key}: {source}"
        if "build" in service:
            assert (DOCKER / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).samefile(DOCKER / "Dockerfile")


@pytest.mark.parametrize("name", [ONE, SEVERAL])
def test_every_whiteboard_of_a_compose_file_is_shut_in_and_may_stop_in_order(name: str) -> None:
    for key, service in apps(name).items():
        assert service["read_only"], key
        assert service["init"], key
        assert service["cap_drop"] == ["ALL"], key
        assert int(service["stop_grace_period"].removesuffix("s")) > STOP_SECONDS, key
        assert "/tmp" in service["tmpfs"], key  # noqa: S108
        written = [*service.get("volumes", ()), *service["tmpfs"]]
        assert any(re.match(r"(data:)?/data(:|$)", each) for each in written), key


def test_one_app_makes_the_backups() -> None:
    makers = [key for key, each in apps(SEVERAL).items() if each["environment"].get("WHITEBOARD_BACKUP_SECONDS") != "0"]
    assert makers == ["app1"]
    assert apps(SEVERAL)["app1"]["volumes"] == ["data:/data"]


def test_nginx_and_the_apps_know_one_another() -> None:
    whole = composed(SEVERAL)
    site = (DOCKER / "nginx" / "whiteboard.conf").read_text("utf-8")
    assert re.findall(r"server (\w+):8000", site) == sorted(apps(SEVERAL))
    caddy = (DOCKER / "caddy" / "Caddyfile").read_text("utf-8")
    assert re.findall(r"(\w+):8000", caddy) == sorted(apps(SEVERAL))
    address = whole["services"]["nginx"]["networks"]["default"]["ipv4_address"]
    assert {each["environment"]["WHITEBOARD_TRUSTED_PROXIES"] for each in apps(SEVERAL).values()} == {address}
    [host] = apps(ONE).values()
    [network] = composed(ONE)["networks"]["default"]["ipam"]["config"]
    assert host["environment"]["WHITEBOARD_TRUSTED_PROXIES"] == network["gateway"]


def test_nobody_is_given_the_address_of_another() -> None:
    """nginx asks for the apps' addresses when it starts, and the apps believe whoever has nginx's."""
    whole = composed(SEVERAL)
    [network] = whole["networks"]["default"]["ipam"]["config"]
    fixed = [whole["services"][name]["networks"]["default"]["ipv4_address"] for name in ("nginx", *apps(SEVERAL))]
    assert len(set(fixed)) == len(fixed)
    for address in map(ip_address, fixed):
        assert address in ip_network(network["subnet"])
        assert address not in ip_network(network["ip_range"])


@pytest.mark.parametrize("name", [ONE, SEVERAL])
def test_compose_itself_takes_the_file(name: str) -> None:
    text = (DOCKER / name).read_text("utf-8")
    asked = ["docker", "compose", "version"]
    if shutil.which("docker") and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
        command = ["docker", "compose"]
    elif shutil.which("docker-compose"):
        command = ["docker-compose"]
        text = re.sub(r"^name:.*\n", "", text, flags=re.MULTILINE)  # the old program does not know it
    else:
        pytest.skip("no compose is installed (Debian: apt install docker-compose)")
    command += ["--file", "-", "--project-directory", str(DOCKER), "config", "--quiet"]
    done = subprocess.run(command, input=text, env={**os.environ, **GIVEN}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Kubernetes.


def pods() -> list[dict[str, Any]]:
    """The specifications of the pods of the Deployment and the CronJob."""
    kinds = manifest()
    job = kinds["CronJob"]["spec"]["jobTemplate"]["spec"]
    return [kinds["Deployment"]["spec"]["template"]["spec"], job["template"]["spec"]]


def test_the_objects_for_kubernetes_find_one_another() -> None:
    kinds = manifest()
    template = kinds["Deployment"]["spec"]["template"]
    labels = template["metadata"]["labels"]
    assert kinds["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["Service"]["spec"]["selector"] == labels
    assert kinds["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"] != labels
    [rule] = kinds["Ingress"]["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == kinds["Service"]["metadata"]["name"]
    for pod in pods():
        [container] = pod["containers"]
        sources = [next(iter(each.values()))["name"] for each in container["envFrom"]]
        assert sources == [kinds["ConfigMap"]["metadata"]["name"], kinds["Secret"]["metadata"]["name"]]
        volumes = {each["name"] for each in pod["volumes"]}
        mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
        assert mounts == {"data": "/data", "tmp": "/tmp"}  # noqa: S108
        assert volumes == {"data", "tmp"}
    found = [each.get("persistentVolumeClaim") for each in pods()[1]["volumes"]]
    claims = [each["claimName"] for each in found if each]
    assert claims == [kinds["PersistentVolumeClaim"]["metadata"]["name"]]


def test_kubernetes_knows_every_field_of_the_objects() -> None:
    if shutil.which("kubernetes-validate") is None:
        pytest.skip("kubernetes-validate is not installed (a Python package, 100 MB)")
    command = ["kubernetes-validate", "--strict", str(DOCKER / "kubernetes.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pods_are_shut_in() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] == int(USER)
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_probes_ask_what_is_there_and_a_pod_has_time_to_stop() -> None:
    [container], grace = pods()[0]["containers"], pods()[0]["terminationGracePeriodSeconds"]
    asked = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: each["path"] for name, each in asked.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert container["readinessProbe"]["timeoutSeconds"] > ANSWER_SECONDS, "else a 503 is never heard"
    assert {each["port"] for each in asked.values()} == {container["ports"][0]["name"]}
    assert str(container["ports"][0]["containerPort"]) == image_env()["WHITEBOARD_PORT"]
    waits = int(re.findall(r"sleep\((\d+)\)", container["lifecycle"]["preStop"]["exec"]["command"][-1])[0])
    assert grace > waits + STOP_SECONDS
