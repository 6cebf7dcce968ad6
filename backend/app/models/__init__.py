"""The database's tables."""

from app.models.tables import ChangeCounter, Path, Room, UserSession

__all__ = ["ChangeCounter", "Path", "Room", "UserSession"]
