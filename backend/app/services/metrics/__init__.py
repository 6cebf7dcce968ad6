"""The figures of a process as Prometheus reads them.

`reading` takes them, `families` names them, `page` makes the text.
"""
