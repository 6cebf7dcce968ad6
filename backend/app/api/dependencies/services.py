"""What routes and sockets are given: the services of this process, a bearer's room, the address of a caller."""

from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from app.core.clock import Clock
from app.core.config import Settings
from app.core.database import Database
from app.services.backups.schedule import Backups
from app.services.hub import Hub
from app.services.rooms import RoomRow, Rooms
from app.services.svg.exports import Exports


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that was opened at the start."""

    settings: Settings
    clock: Clock
    database: Database
    rooms: Rooms
    hub: Hub
    backups: Backups
    exports: Exports

    async def drain(self) -> None:
        """Finish what is under way, and say goodbye to every connection (C4)."""
        await self.hub.drain()


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that a request or a socket belongs to."""
    services: Services = connection.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


async def bearer_room(room_id: str, request: Request, services: ServicesDep) -> RoomRow:
    """H4: the room that the bearer's token opens."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return await services.rooms.authorised(token.strip() if scheme.lower() == "bearer" else None, room_id)


BearerRoom = Annotated[RoomRow, Depends(bearer_room)]


def caller_address(request: Request) -> str:
    """The caller's IP address; an IPv6 address counts as its /64 (H5)."""
    host = request.client.host if request.client else "127.0.0.1"
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


CallerAddress = Annotated[str, Depends(caller_address)]
