"""What tests of values share."""

from typing import Any

from wire import Client, Frame

DAY_MS = 24 * 3600 * 1000
BAD_IDS = {
    "version 4": "0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10",
    "upper case": "01890A5D-AC96-774B-BCCE-B302099A8057",
    "another variant": "01890a5d-ac96-774b-ccce-b302099a8057",
    "no hyphens": "01890a5dac96774bbcceb302099a8057",
    "braces": "{01890a5d-ac96-774b-bcce-b302099a8057}",
    "line break": "01890a5d-ac96-774b-bcce-b302099a8057\n",
    "empty": "",
    "text": "x",
    "null": None,
    "number": 7,
    "list": [],
}
BAD_STAMPS = {"zero": 0, "negative": -1, "2^53": 2**53, "fraction": 1.5, "string": "1", "null": None, "true": True}


async def refusals(client: Client, ops: list[Any]) -> list[Frame]:
    """Send a batch with good ops around the bad ones; give the errors, and see that the good ones stand."""
    first, last = client.put(), client.put()
    seen = len(client.errors)
    n = await client.save(first, *ops, last)
    errors = client.errors[seen:]
    assert {first["id"], last["id"]} <= client.board.paths.keys()
    assert {error["n"] for error in errors} == ({n} if errors else set())
    return errors


async def assert_all_refused(client: Client, ops: dict[str, Any], code: str = "invalid_op") -> None:
    """Each op gets an error of its own, with its place; nothing of them stands."""
    errors = await refusals(client, list(ops.values()))
    assert [error["i"] for error in errors] == list(range(1, len(ops) + 1)), set(ops) - {
        list(ops)[e["i"] - 1] for e in errors
    }
    assert {error["code"] for error in errors} == {code}
