"""Which tokens are believed: those of this server's keys, whole, unaltered and of now. And invites."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import security
from app.core.errors import Unauthenticated
from app.core.keys import KeyFile, Keys, key_id, write_keys
from app.core.security import Tokens, hash_invite, new_invite, same_secret

KEY, OTHER = b"1" * 64, b"2" * 64
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ROOM, SESSION, TOKEN = uuid4(), uuid4(), uuid4()
HEADER = {"alg": "HS256", "typ": "JWT", "kid": key_id(KEY)}
BODY = {
    "iss": "whiteboard",
    "aud": "whiteboard-room",
    "sub": str(SESSION),
    "room": str(ROOM),
    "jti": str(TOKEN),
    "iat": SECONDS,
    "exp": SECONDS + 60,
}
GONE = object()


def encoded(data: object) -> str:
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode(errors="surrogatepass")).rstrip(b"=").decode()


def signed(header: object = HEADER, body: object = BODY, key: bytes = KEY, digest: str = "sha256") -> str:
    """A token with any header and body, whose signature is right."""
    text = f"{encoded(header)}.{encoded(body)}"
    return f"{text}.{signature(text, key, digest)}"


def signature(text: str, key: bytes = KEY, digest: str = "sha256") -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, text.encode(), digest)).rstrip(b"=").decode()


def changed(fields: Mapping[str, object], **news: object) -> dict[str, object]:
    return {name: value for name, value in {**fields, **news}.items() if value is not GONE}


def judged(token: str, tokens: Tokens | None = None) -> UUID | None:
    """The session that the token proves, or None."""
    try:
        return (tokens or Tokens(Keys([KEY]), 30)).judge(token, NOW).session_id
    except Unauthenticated:
        return None


def test_h4_a_token_proves_session_room_and_end_until_it_expires() -> None:
    tokens = Tokens(Keys([KEY]), 30)
    token = tokens.issue(ROOM, SESSION, TOKEN, NOW)
    claims = tokens.judge(token, NOW)
    assert (claims.room_id, claims.session_id, claims.token_id) == (ROOM, SESSION, TOKEN)
    assert claims.expires_at == (NOW + timedelta(days=30)).timestamp()
    tokens.judge(token, NOW + timedelta(days=30, seconds=-1))
    with pytest.raises(Unauthenticated):
        tokens.judge(token, NOW + timedelta(days=30))


def test_a_token_bears_its_algorithm_key_and_claims() -> None:
    token = Tokens(Keys([KEY]), 30).issue(ROOM, SESSION, TOKEN, NOW)
    assert jwt.get_unverified_header(token) == HEADER
    body = jwt.decode(token, options={"verify_signature": False})
    assert body == {**BODY, "exp": SECONDS + 30 * 86400}
    assert judged(jwt.encode(body, KEY, "HS256", {"kid": key_id(KEY)})) == SESSION


def test_the_corpus_below_would_be_good_but_for_what_is_wrong_with_it() -> None:
    assert judged(signed()) == SESSION
    assert judged(signed({"alg": "HS256", "kid": key_id(KEY)})) == SESSION


HEADERS = {
    "alg none": changed(HEADER, alg="none"),
    "alg None": changed(HEADER, alg="None"),
    "alg in lower case": changed(HEADER, alg="hs256"),
    "alg missing": changed(HEADER, alg=GONE),
    "alg null": changed(HEADER, alg=None),
    "alg a list": changed(HEADER, alg=["HS256"]),
    "alg empty": changed(HEADER, alg=""),
    "RS256": changed(HEADER, alg="RS256"),
    "ES256": changed(HEADER, alg="ES256"),
    "HS384": changed(HEADER, alg="HS384"),
    "HS512": changed(HEADER, alg="HS512"),
    "typ of another kind": changed(HEADER, typ="at+jwt"),
    "typ a number": changed(HEADER, typ=1),
    "kid unknown": changed(HEADER, kid="0" * 16),
    "kid empty": changed(HEADER, kid=""),
    "kid of another key": changed(HEADER, kid=key_id(OTHER)),
    "kid a path": changed(HEADER, kid="../../../../dev/null"),
    "kid the key file": changed(HEADER, kid="jwt.key"),
    "kid SQL": changed(HEADER, kid="x' UNION SELECT '1"),
    "kid with NUL": changed(HEADER, kid=f"{key_id(KEY)}\0"),
    "kid in capitals": changed(HEADER, kid=key_id(KEY).upper()),
    "kid a number": changed(HEADER, kid=0),
    "kid a list": changed(HEADER, kid=[key_id(KEY)]),
    "kid an object": changed(HEADER, kid={}),
    "crit": changed(HEADER, crit=["exp"], exp=1),
    "crit of what is known": changed(HEADER, crit=["b64"], b64=True),
    "crit empty": changed(HEADER, crit=[]),
    "b64 false": changed(HEADER, b64=False),
    "jku": changed(HEADER, jku="https://evil.example.org/keys"),
    "jwk": changed(HEADER, jwk={"kty": "oct", "k": encoded("1" * 64)}),
    "x5u": changed(HEADER, x5u="https://evil.example.org/"),
    "zip": changed(HEADER, zip="DEF"),
    "enc": changed(HEADER, enc="A256GCM"),
    "cty, nested": changed(HEADER, cty="JWT"),
    "unknown": changed(HEADER, later=True),
    "a list": [HEADER],
    "a string": '"HS256"',
    "a number": "5",
    "null": "null",
    "nothing": "",
    "no JSON": "{",
    "two values": json.dumps(HEADER) * 2,
    "alg twice": '{"alg":"none","alg":"HS256","typ":"JWT"}',
    "kid twice": f'{{"alg":"HS256","kid":"x","kid":"{key_id(KEY)}"}}',
    "deep": "[" * 1000,
    "byte order mark": "\ufeff" + json.dumps(HEADER),
}
BODIES = {
    **{f"without {name}": changed(BODY, **{name: GONE}) for name in BODY},
    **{f"{name} null": changed(BODY, **{name: None}) for name in BODY},
    **{f"{name} empty": changed(BODY, **{name: ""}) for name in BODY},
    **{f"{name} a list": changed(BODY, **{name: [value]}) for name, value in BODY.items()},
    **{f"{name} an object": changed(BODY, **{name: {"a": value}}) for name, value in BODY.items()},
    **{f"{name} true": changed(BODY, **{name: True}) for name in BODY},
    **{f"{name} twice": json.dumps(BODY)[:-1] + f',"{name}":{json.dumps(BODY[name])}}}' for name in BODY},
    "iss of another server": changed(BODY, iss="another"),
    "iss in capitals": changed(BODY, iss="Whiteboard"),
    "aud of another thing": changed(BODY, aud="another"),
    "aud among others": changed(BODY, aud=["another", "whiteboard-room"]),
    "room no id": changed(BODY, room="42"),
    "room a path": changed(BODY, room="../../x"),
    "sub no id": changed(BODY, sub="admin"),
    "jti no id": changed(BODY, jti="1"),
    "iat in an hour": changed(BODY, iat=SECONDS + 3600, exp=SECONDS + 7200),
    "iat text": changed(BODY, iat=str(SECONDS)),
    "iat a fraction": changed(BODY, iat=SECONDS + 0.5),
    "iat negative": changed(BODY, iat=-1),
    "exp now": changed(BODY, exp=SECONDS),
    "exp past": changed(BODY, exp=SECONDS - 1),
    "exp text": changed(BODY, exp=str(SECONDS + 60)),
    "exp a fraction": changed(BODY, exp=SECONDS + 60.5),
    "exp negative": changed(BODY, exp=-SECONDS),
    "exp without end": changed(BODY, exp=10**400),
    "exp NaN": json.dumps(changed(BODY, exp=float("nan"))),
    "exp Infinity": json.dumps(changed(BODY, exp=float("inf"))),
    "exp 1e400": json.dumps(BODY).replace(str(SECONDS + 60), "1e400"),
    "nbf": changed(BODY, nbf=SECONDS + 3600),
    "unknown": changed(BODY, admin=True),
    "a list": [BODY],
    "text": "whiteboard",
    "null": "null",
    "nothing": "",
    "surrogate": json.dumps(changed(BODY, sub="\ud800")),
    "no UTF-8": json.dumps(BODY)[:-1] + ',"x":"\ud800"}',
    "a token": signed(),
    "huge": changed(BODY, sub="x" * 10_000),
}


@pytest.mark.parametrize("why", HEADERS)
def test_h4_a_confused_header_is_refused_whatever_has_signed_it(why: str) -> None:
    for digest in ("sha256", "sha384", "sha512"):
        assert judged(signed(HEADERS[why], digest=digest)) is None


@pytest.mark.parametrize("why", BODIES)
def test_h4_claims_that_are_not_all_and_as_they_must_be_are_refused_even_if_signed(why: str) -> None:
    assert judged(signed(body=BODIES[why])) is None


GOOD = signed()
HEAD, PAYLOAD, MARK = GOOD.split(".")
TEXTS = {
    "empty": "",
    "dots": "..",
    "one part": HEAD,
    "two parts": f"{HEAD}.{PAYLOAD}",
    "no signature": f"{HEAD}.{PAYLOAD}.",
    "no header": f".{PAYLOAD}.{MARK}",
    "no payload": f"{HEAD}..{MARK}",
    "detached": f"{HEAD}..{signature(f'{HEAD}.{PAYLOAD}')}",
    "a dot before": f".{GOOD}",
    "a dot after": f"{GOOD}.",
    "four parts": f"{GOOD}.{MARK}",
    "five parts, as encrypted ones": f"{HEAD}.{PAYLOAD}.{MARK}.{MARK}.{MARK}",
    "cut": GOOD[:-1],
    "longer": f"{GOOD}A",
    "twice": f"{GOOD}{GOOD}",
    "twice with a comma": f"{GOOD},{GOOD}",
    "padded": f"{GOOD}=",
    "padding within": f"{HEAD}=.{PAYLOAD}.{MARK}",
    "another signature": f"{HEAD}.{PAYLOAD}.{signature('x')}",
    "another payload": f"{HEAD}.{encoded(changed(BODY, room=str(uuid4())))}.{MARK}",
    "the signature of sha512": signed(digest="sha512"),
    "a signature of zeros": f"{HEAD}.{PAYLOAD}.{'A' * 43}",
    "unsigned": f"{encoded({'alg': 'none'})}.{PAYLOAD}.",
    "unsigned, by the library": jwt.encode(BODY, None, "none"),
    "another key": signed(key=OTHER),
    "another key without kid": signed(changed(HEADER, kid=GONE), key=OTHER),
    "the empty key": signed(key=b""),
    "the key of an unknown kid, empty": signed(changed(HEADER, kid="x"), key=b""),
    "a NUL": f"{GOOD}\0",
    "a line feed": f"{GOOD}\n",
    "a blank before": f" {GOOD}",
    "a line break within": f"{HEAD}.{PAYLOAD}.\n{MARK}",
    "the other alphabet": f"{HEAD}.{PAYLOAD}.{MARK}".replace("-", "+").replace("_", "/") + "+",
    "not ASCII": f"{GOOD[:-1]}é",
    "full-width": GOOD.translate({ord("."): "\uff0e"}),
    "a surrogate": f"{GOOD}\ud800",
    "JSON": json.dumps({"payload": PAYLOAD, "protected": HEAD, "signature": MARK}),
    "general JSON": json.dumps({"payload": PAYLOAD, "signatures": [{"protected": HEAD, "signature": MARK}]}),
    "nested": signed(changed(HEADER, cty="JWT"), GOOD),
    "Bearer": f"Bearer {GOOD}",
    "in quotes": f'"{GOOD}"',
    "garbage": "garbage",
    "huge": "a" * 10_000_000,
    "huge payload": signed(body=changed(BODY, x="x" * 1_000_000)),
    "many dots": "." * 1_000_000,
    "deep": signed("[" * 500_000),
}


@pytest.mark.parametrize("why", TEXTS)
def test_h4_whatever_is_not_just_such_a_token_is_refused(why: str) -> None:
    assert judged(TEXTS[why]) is None


def test_h4_no_character_of_a_token_can_be_another() -> None:
    """Also not in the last one, of which a lenient reader ignores some bits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = [GOOD[:-1] + char for char in alphabet]
    assert [token for token in last if judged(token)] == [GOOD]
    for place, char in enumerate(GOOD):
        assert judged(GOOD[:place] + ("A" if char != "A" else "B") + GOOD[place + 1 :]) is None, place


@given(st.text(alphabet=st.characters()), st.text(alphabet="aA0-_=.+/ ", max_size=20))
def test_h4_no_text_is_a_crash(one: str, other: str) -> None:
    for token in (one, f"{one}.{other}.{one}", f"{encoded(one)}.{encoded(other)}.{MARK}", signed(one, other)):
        assert judged(token) is None


def test_h4_an_asymmetric_algorithm_cannot_be_made_of_the_secret() -> None:
    """RS256 with the secret taken for a public key: the algorithm is refused before any key is looked at."""
    for alg in ("RS256", "PS256", "ES256", "EdDSA"):
        assert judged(signed(changed(HEADER, alg=alg))) is None
    assert security.jws.get_algorithms() == ["HS256"]


# Keys.


def test_a_token_of_another_process_whose_clock_is_a_little_ahead_is_good() -> None:
    assert judged(signed(body=changed(BODY, iat=SECONDS + 30))) == SESSION


def test_a_token_without_kid_is_judged_by_every_key() -> None:
    """A version before this one had a single key, and named none."""
    token = signed(changed(HEADER, kid=GONE), key=KEY)
    assert judged(token, Tokens(Keys([OTHER, KEY]), 30)) == SESSION
    assert judged(token, Tokens(Keys([OTHER]), 30)) is None


def test_a_key_is_rotated_under_running_processes_and_throws_nobody_out(tmp_path: Path) -> None:
    path = tmp_path / "jwt.key"
    write_keys(path, [KEY])
    one, other = Tokens(KeyFile(path), 30), Tokens(KeyFile(path), 30)
    before = one.issue(ROOM, SESSION, TOKEN, NOW)
    write_keys(path, [OTHER, KEY])
    after = one.issue(ROOM, SESSION, TOKEN, NOW)
    assert jwt.get_unverified_header(after)["kid"] == key_id(OTHER)
    assert [judged(token, tokens) for token in (before, after) for tokens in (one, other)] == [SESSION] * 4
    write_keys(path, [OTHER])
    assert [judged(token, other) for token in (before, after)] == [None, SESSION]


def test_a_token_ages_when_half_of_its_life_is_over() -> None:
    tokens = Tokens(Keys([KEY]), 30)
    claims = tokens.judge(tokens.issue(ROOM, SESSION, TOKEN, NOW), NOW)
    assert not tokens.ages(claims, NOW + timedelta(days=15))
    assert tokens.ages(claims, NOW + timedelta(days=15, seconds=1))


# Invites.


def test_an_invite_has_128_bits_or_more_and_is_fit_for_a_fragment() -> None:
    invites = {new_invite() for _ in range(1000)}
    assert len(invites) == 1000
    for invite in invites:
        assert len(base64.urlsafe_b64decode(invite)) * 8 >= 128
        assert invite.replace("-", "").replace("_", "").isalnum()


def test_an_invite_is_stored_as_a_digest_and_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(security.hmac, "compare_digest", compare)
    one, other = hash_invite("one"), hash_invite("other")
    assert len(one) == len(other) == 32
    assert b"one" not in one
    assert same_secret(one, hash_invite("one"))
    assert not same_secret(one, other)
    assert compared == [(one, one), (one, other)]
