"""What routes and sockets are given: the services of this process, a bearer's room, the address of a caller."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from app.api.websockets.lobby import Lobby
from app.core.clock import Clock
from app.core.config import Settings
from app.core.database import Database
from app.core.proxies import Caller
from app.services.backups.schedule import Backups
from app.services.hub import Hub
from app.services.rooms import RoomRow, Rooms
from app.services.siblings import Siblings
from app.services.svg.exports import Exports
from app.services.svg.imports import Imports
from app.services.svg.pictures import Pictures


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
    pictures: Pictures
    siblings: Siblings
    imports: Imports
    lobby: Lobby

    async def drain(self) -> None:
        """Finish what is under way, and say goodbye to every connection (C4)."""
        await self.hub.drain()


async def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that a request or a socket belongs to."""
    services: Services = connection.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


Bearer = HTTPBearer(
    scheme_name="token", description="The `token` of an answer to who made or entered a room.", auto_error=False
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(Bearer)]


async def bearer_token(given: Credentials) -> str | None:
    """The token of a request, not judged yet."""
    return given.credentials.strip() if given else None


BearerToken = Annotated[str | None, Depends(bearer_token)]


async def bearer_room(room_id: str, token: BearerToken, services: ServicesDep) -> RoomRow:
    """H4: the room that the bearer's token opens."""
    return await services.rooms.authorised(token, room_id)


BearerRoom = Annotated[RoomRow, Depends(bearer_room)]


async def caller_address(request: Request) -> str:
    """As what the caller's IP address counts (H5); what trusted proxies tell of it stands in the request already."""
    return Caller(request.client.host if request.client else "127.0.0.1").key


CallerAddress = Annotated[str, Depends(caller_address)]
