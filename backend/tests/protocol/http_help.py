"""Asking over HTTP, for tests."""

import httpx


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """Check that an answer is a problem (RFC 9457) with that code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert isinstance(body["title"], str)
    assert isinstance(body["detail"], str)
    return dict(body)


async def join(client: httpx.AsyncClient, room_id: str, **body: object) -> httpx.Response:
    return await client.post(f"/api/rooms/{room_id}/sessions", json=body)


async def look(client: httpx.AsyncClient, room_id: str, authorization: str | None) -> httpx.Response:
    return await client.get(f"/api/rooms/{room_id}", headers={"Authorization": authorization} if authorization else {})
