"""Exchanging the agent token for a new one while everything goes on.

The order is what makes it safe: fetch, store, use. The server keeps the older token good until the
new one was used, so whatever is lost on the way (the answer, the process, the disk) the token in the
file still opens.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from opstage_agent.enrol import Credentials, save
from opstage_agent.errors import OpstageError
from opstage_agent.rest import Rest
from opstage_agent.times import iso

_log = logging.getLogger("opstage_agent")


class Rotation:
    """Rotates the token that ``rest`` uses and ``path`` holds; one exchange at a time."""

    def __init__(self, rest: Rest, path: Path) -> None:
        self._rest = rest
        self._path = path
        self._under_way = False

    async def rotate(self) -> None:
        """Fetch a new token, store it, use it. What fails is logged, not raised; the server asks again."""
        if self._under_way:
            return
        self._under_way = True
        try:
            await self._exchange()
        except OpstageError as error:
            _log.warning("The agent token was not rotated: %s", error)
        except OSError as error:
            _log.error(
                "The new agent token could not be saved in %s (%s); the old one stays.", self._path, error
            )
        finally:
            self._under_way = False

    async def _exchange(self) -> None:
        agent_id = self._rest.agent_id
        issued = await self._rest.new_token()
        save(self._path, Credentials(agent_id, issued.agent_token, iso(time.time())))
        self._rest.sign_in(agent_id, issued.agent_token)
        # Used once now, so that the server knows it is stored and the older one may come to its end.
        await self._rest.heartbeat()
        _log.info("The agent token was rotated.")
