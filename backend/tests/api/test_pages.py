"""The web client's pages: asked for each time, while what they are made of is kept for good, one edition at a time."""

import os
import re
from pathlib import Path
from shutil import copytree

import httpx
import pytest
from fastapi import FastAPI

from app.api.routes import pages

FOR_GOOD = "public, max-age=31536000, immutable"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web client of the test's own."""
    copy = Path(copytree(pages.FRONTEND, tmp_path / "frontend"))
    monkeypatch.setattr(pages, "FRONTEND", copy)
    return copy


def browser() -> httpx.AsyncClient:
    app = FastAPI()
    pages.add_pages(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board")


async def module(client: httpx.AsyncClient) -> str:
    """Where the page says that its first module is."""
    page = await client.get("/r/0b8f3c52-7a57-4d7e-9e0c-3f6e4d1a2b10")
    assert page.headers["cache-control"] == "no-cache"
    (found,) = re.findall("src=(/static/[^ >]*/js/room.js)", page.text)
    return str(found)


async def test_what_a_page_names_is_kept_for_good_until_it_is_another(folder: Path) -> None:
    async with browser() as client:
        first = await module(client)
        assert await module(client) == first
        answer = await client.get(first)
        assert answer.headers["cache-control"] == FOR_GOOD
        assert answer.content == (await client.get("/static/js/room.js")).content
        assert (await client.get("/static/js/room.js")).headers["cache-control"] == "no-cache"
        changed = folder / "js/words.js"
        changed.write_text(changed.read_text() + "\nexport const MORE_WORDS = 1;\n")
        os.utime(changed, ns=(1, 1))
        late = await client.get(first.replace("room.js", "words.js"))
        assert "MORE_WORDS" in late.text
        assert late.headers["cache-control"] == "no-cache", "what is kept under a name is what the name was made of"
        second = await module(client)
        assert second != first
        assert (await client.get(second)).headers["cache-control"] == FOR_GOOD
        assert (await client.get(first)).headers["cache-control"] == "no-cache", (
            "an old page goes on, with the new files"
        )


async def test_servers_with_the_same_files_give_them_the_same_name(folder: Path) -> None:
    async with browser() as client, browser() as other:
        name = await module(client)
        os.utime(folder / "js/room.js")
        assert await module(other) == name
        assert (await client.get(name)).headers["cache-control"] == FOR_GOOD
        assert (await other.get("/static/0123456789/js/room.js")).headers["cache-control"] == "no-cache"
