"""Several processes behind one address: a supervisor that takes the connections, and the workers that serve them.

`supervisor` keeps the processes, `switchboard` hands out the connections, `worker` is a process's own side, `slots`
is what they know of one another, `reactor` is what the supervisor waits in.
"""
