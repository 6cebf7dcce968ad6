"""Backups: taken every minute off the live path, verified before they count, and the way back.

- **segment**: a file with the rows that changed between two numbers of changes (services/changes.py), and with what
  proves that it is whole. Segments are never changed, only replaced by merged ones.
- **chain**: the segments of one database since a full reading, the base. Each segment's end is a point in time.
- `rows` and `segments` are the format, `store` the directory, `retention` decides what is merged and removed, `taking`
  reads the database, `keeping` does a whole round, `worker` does it in a process of its own, `schedule` every minute;
  `restoring` (with a module a kind of database) and `room_restoring` are the way back, `commands` is for people.
"""
