import pytest
pytestmark = pytest.mark.process
async def test_a(door):
    room = await door.create()
    a, b = await door.several(room, ["a", "b"])
    op = a.put()
    await a.save(op)
    await b.until(lambda: op["id"] in b.board.paths)
    await a.resync()
    await a.ping()
