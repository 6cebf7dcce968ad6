"""Who is there, and where their cursors are (P1, P2)."""

from hypothesis import given
from hypothesis import strategies as st

from app.services.realtime.presence import Person, Position, Presence

ADA, BOB = Person("Ada", "here"), Person("Bob", "there")
NOTHING: tuple[list[tuple[int, str]], list[int], dict[int, Position]] = ([], [], {})


def test_p1_everybody_is_told_of_once() -> None:
    presence = Presence({1: ADA})
    presence.join(1, ADA)
    presence.join(2, BOB)
    presence.join(2, BOB)
    assert presence.unshown
    assert presence.take_unshown() == ([(2, "Bob")], [], {})
    assert not presence.unshown
    assert presence.leave(1)
    assert not presence.leave(1)
    assert not presence.leave(7)
    assert presence.take_unshown() == ([], [1], {})
    assert presence.people == {2: BOB}
    assert presence.take_unshown() == NOTHING


def test_p1_who_comes_and_goes_within_a_tick_is_told_of_both_ways() -> None:
    presence = Presence()
    presence.join(1, ADA)
    presence.leave(1)
    assert presence.take_unshown() == ([(1, "Ada")], [1], {})


def test_p1_the_people_it_begins_with_are_its_own() -> None:
    people = {1: ADA}
    presence = Presence(people)
    presence.leave(1)
    assert people == {1: ADA}


def test_p2_the_newest_position_wins() -> None:
    presence = Presence({1: ADA, 2: BOB})
    presence.point(1, (0, 0), local=True)
    presence.point(2, (5, 5), local=False)
    presence.point(1, (1, 1), local=True)
    assert presence.unpublished
    assert presence.take_unshown() == ([], [], {1: (1, 1), 2: (5, 5)})
    assert presence.take_unpublished() == {1: (1, 1)}
    assert not presence.unpublished
    assert presence.cursors() == {1: (1, 1), 2: (5, 5)}


def test_p2_a_cursor_that_left_the_canvas_is_told_of_once() -> None:
    presence = Presence({1: ADA})
    presence.point(1, (1, 1), local=True)
    presence.point(1, None, local=True)
    assert presence.cursors() == {}
    assert presence.take_unshown() == ([], [], {1: None})
    assert presence.take_unpublished() == {1: None}


def test_p3_whoever_leaves_takes_the_cursor_along() -> None:
    presence = Presence({1: ADA})
    presence.point(1, (1, 1), local=True)
    presence.leave(1)
    presence.point(1, (2, 2), local=True)
    assert presence.cursors() == {}
    assert presence.take_unshown() == ([], [1], {})
    assert presence.take_unpublished() == {}


def test_p1_a_newcomer_among_processes_is_told_of_our_cursors_only() -> None:
    presence = Presence({1: ADA, 2: BOB, 3: ADA})
    presence.point(1, (1, 1), local=True)
    presence.point(2, (2, 2), local=False)
    presence.take_unpublished()
    presence.republish({1, 3})
    assert presence.take_unpublished() == {1: (1, 1)}


moves = st.tuples(st.sampled_from(["join", "leave", "point", "hide", "tell"]), st.integers(1, 4))


@given(st.lists(moves))
def test_p1_whoever_hears_everything_knows_who_is_there_and_where(steps: list[tuple[str, int]]) -> None:
    """Numbers are given once: who left does not come again under the same one."""
    presence = Presence()
    people: dict[int, str] = {}
    cursors: dict[int, Position] = {}
    gone: set[int] = set()
    for step, user in [*steps, ("tell", 0)]:
        if step == "join" and user not in gone:
            presence.join(user, Person(f"user {user}", "here"))
        elif step == "leave" and presence.leave(user):
            gone.add(user)
        elif step in {"point", "hide"}:
            presence.point(user, (user, user) if step == "point" else None, local=True)
        elif step == "tell":
            joined, left, moved = presence.take_unshown()
            people |= dict(joined)
            cursors |= moved
            for each in left:
                del people[each]
                cursors.pop(each, None)
    assert people == {user: person.name for user, person in presence.people.items()}
    assert {user: at for user, at in cursors.items() if at} == presence.cursors()


def test_p2_cursors_are_thinned_and_those_that_wait_longest_go_first() -> None:
    presence = Presence({user: Person("x", "here") for user in range(1, 5)})
    for user in (3, 1, 2):
        presence.point(user, (user, 0), local=True)
    assert presence.take_unshown(cursors=2) == ([], [], {3: (3, 0), 1: (1, 0)})
    presence.point(4, (4, 0), local=True)
    presence.point(2, None, local=True)
    presence.join(9, Person("y", "here"))
    assert presence.take_unshown(cursors=1) == ([(9, "y")], [], {2: None})
    assert presence.cursors_unshown
    assert presence.take_unshown(cursors=1) == ([], [], {4: (4, 0)})
    assert not presence.cursors_unshown
