"""What a heartbeat, a connection, a command, a storm and two hundred browsers cost: ``make bench``.

A real server process, simulated agents that speak the real wire over real sockets, real operator
sockets, all on the loopback address. Nothing here is part of a test run.
"""
