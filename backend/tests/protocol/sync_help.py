"""What tests of coming and of ticks share."""

from wire import Client


def ticks_with_ops(client: Client) -> list[dict[str, object]]:
    return [tick for tick in client.of("tick") if "ops" in tick]
