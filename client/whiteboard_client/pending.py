"""The ops that are not acknowledged yet: unsent ones, and sent ones by batch (S4, S5)."""

from collections.abc import Iterator, Sequence

from whiteboard_client.messages import Op


class Pending:
    """Keeps ops, in the order in which they were made, until they are acknowledged or refused."""

    __slots__ = ("_n", "_sent", "_unsent")

    def __init__(self) -> None:
        self._unsent: list[Op] = []
        self._sent: dict[int, dict[int, Op]] = {}  # n -> place in the batch's ops -> op
        self._n = 0

    def __iter__(self) -> Iterator[Op]:
        for ops in self._sent.values():
            yield from ops.values()
        yield from self._unsent

    def __len__(self) -> int:
        return sum(map(len, self._sent.values())) + len(self._unsent)

    def add(self, op: Op) -> None:
        """Takes a new op, to be sent."""
        self._unsent.append(op)

    def restart(self) -> None:
        """On a new connection everything is to be sent again, unchanged, and `n` counts anew (S4, S5)."""
        self._unsent = list(self)
        self._sent = {}
        self._n = 0

    def take_unsent(self) -> tuple[Op, ...]:
        """The ops to send now; each must come back by `sent`, or is given up."""
        ops, self._unsent = tuple(self._unsent), []
        return ops

    def sent(self, ops: Sequence[Op]) -> int:
        """Notes ops as one batch's, and gives the batch its `n`."""
        self._n += 1
        self._sent[self._n] = dict(enumerate(ops))
        return self._n

    def acknowledge(self, n: int) -> tuple[Op, ...]:
        """Drops the ops of all batches up to `n`, and returns them."""
        done = [number for number in self._sent if number <= n]
        return tuple(op for number in done for op in self._sent.pop(number).values())

    def refuse(self, n: int, i: int) -> Op | None:
        """Drops the op in place `i` of batch `n`, and returns it."""
        return self._sent.get(n, {}).pop(i, None)
