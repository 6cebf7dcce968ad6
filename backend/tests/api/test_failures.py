"""What goes wrong inside is told as a problem too, with the headers that every answer bears."""

from collections import Counter
from types import SimpleNamespace

import httpx
import pytest

from app.core.config import Settings
from app.core.headers import HEADERS
from app.main import create_app


@pytest.mark.parametrize("origins", [(), ("https://friend.example.org",)])
async def test_a_fault_of_the_server_is_a_problem_with_all_headers(origins: tuple[str, ...]) -> None:
    app = create_app(Settings(allowed_origins=origins))
    figures = SimpleNamespace(refused=Counter())
    app.state.services = SimpleNamespace(hub=SimpleNamespace(figures=figures))  # nothing else is there
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/readyz", headers={"Origin": "https://friend.example.org"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "services" not in answer.text, "nothing is told of the inside"
    assert answer.headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
    assert answer.headers.get("access-control-allow-origin") == (origins[0] if origins else None)
