"""Combined CRCs against zlib's own."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from app.utils.crc import combined, shift

texts = st.binary(max_size=200) | st.integers(0, 70_000).map(lambda size: bytes(range(256)) * (size // 256))


@given(texts, texts)
def test_the_crc_of_two_texts_follows_from_those_of_each(first: bytes, second: bytes) -> None:
    assert combined(crc32(first), crc32(second), shift(len(second))) == crc32(first + second)
