"""The server keeps to its OpenAPI description, whatever it is asked: by Schemathesis, in steps along its links."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from server_process import ServerProcess

pytestmark = [pytest.mark.process, pytest.mark.timeout(1800)]

ENV = {"WHITEBOARD_ROOMS_PER_ADDRESS": "1000000", "WHITEBOARD_LOG_LEVEL": "info"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("described") / "data", ENV) as running:
        yield running
    assert "Traceback" not in running.stderr
    assert "request failed" not in running.stderr


CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            # whether a file is a drawing that can be used no description can tell
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404"]},
            # nor that a room is not told to who has another invite (H3)
            "ensure_resource_availability": {"enabled": False},
        },
        # parameters that are not described are ignored; the tokens are those of the rooms
        "generation": {"allow-extra-parameters": False, "with-security-parameters": False},
    }
)


def settings_of(examples: int, steps: int = 8) -> settings:
    phases = [Phase.explicit, Phase.generate]
    checks = list(HealthCheck)
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        suppress_health_check=checks,
        database=None,
        derandomize=examples < 100,
        deadline=None,
    )


def test_every_answer_is_a_described_one(server: ServerProcess, pytestconfig: pytest.Config) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json", config=CONFIG)
    seen = set[tuple[str, int]]()

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """Keeps the tokens of the rooms that it has entered, and shows them at the door."""

        def setup(self) -> None:
            self.tokens: dict[str, str] = {}

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            token = self.tokens.get(str((case.path_parameters or {}).get("room_id")))
            return {"headers": {"Authorization": f"Bearer {token}"}} if token else {}

        def after_call(self, response: schemathesis.Response, case: schemathesis.Case) -> None:
            super().after_call(response, case)
            seen.add((case.operation.label, response.status_code))
            if response.status_code == 201:
                body = response.json()
                self.tokens[body["room"]["id"]] = body["token"]

    Walk.run(settings=settings_of(2000 if pytestconfig.getoption("--long") else 10))
    steps = ["get_room", "join_room", "renew_token", "get_drawing", "get_picture"]
    went_well = {schema.find_operation_by_id(name).label for name in steps}
    assert went_well <= {label for label, status in seen if status in (200, 201)}


def test_every_operation_by_itself_answers_as_described(server: ServerProcess, pytestconfig: pytest.Config) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/openapi.json", config=CONFIG)
    examples = 1000 if pytestconfig.getoption("--long") else 3
    for each in schema.get_all_operations():
        operation = each.ok()
        for mode in schemathesis.GenerationMode:

            @settings_of(examples)
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: schemathesis.Case) -> None:
                case.call_and_validate()

            with contextlib.suppress(Unsatisfiable):  # nothing can be wrong about some
                ask()
