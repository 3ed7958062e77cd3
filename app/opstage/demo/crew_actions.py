"""What every service with a crew lets operators do to it: pause, resume, drain, set its size."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from opstage.demo.crew import MAX_SIZE, Crew
from opstage.demo.files import Preferences
from opstage_agent import Agent, ConfigItem, Context, Prepared

DEFAULT_SIZE = 2


class CrewActions:
    """Declares the actions on ``agent``; the size is kept in ``preferences``."""

    def __init__(self, agent: Agent, crew: Crew[Any], preferences: Preferences) -> None:
        self._agent = agent
        self._crew = crew
        self._preferences = preferences
        crew.resize(preferences.number("concurrency", DEFAULT_SIZE))
        agent.action(category="item-management", order=1, danger="MEDIUM", retry_safe=True)(self.pause)
        agent.action(category="item-management", order=2, retry_safe=True)(self.resume)
        agent.action(category="item-management", order=3, danger="MEDIUM", timeout=600)(self.drain)
        resize = agent.action(category="runtime-config", danger="MEDIUM", retry_safe=True)
        resize(self.set_concurrency).prepare(self.offer_concurrency)

    def config(self) -> ConfigItem:
        """The size as a setting."""
        return ConfigItem(
            "concurrency",
            self._crew.size,
            label="Workers",
            source="file",
            editable=True,
            default=DEFAULT_SIZE,
        )

    def details(self) -> dict[str, Any]:
        """The crew's part of the health details."""
        crew = self._crew
        return {
            "state": crew.state,
            "queued": crew.queued,
            "running": crew.busy,
            "concurrency": crew.size,
            "done": crew.done,
            "failed": crew.failed,
            "perMinute": crew.per_minute(),
        }

    async def pause(self, ctx: Context) -> dict[str, Any]:
        """Starts nothing more; what runs is finished. The queue stays."""
        self._crew.pause()
        return self._told()

    async def resume(self, ctx: Context) -> dict[str, Any]:
        """Goes on after a pause or a drain."""
        self._crew.resume()
        return self._told()

    async def drain(self, ctx: Context) -> dict[str, Any]:
        """Takes nothing new, finishes the queue, then pauses. A cancelled drain goes on as before."""
        total = max(1, self._crew.queued + self._crew.busy)
        self._agent.changed()
        async for left in self._crew.drain():
            ctx.progress(100 * max(0, total - left) / total, f"{left} left")
        print(f"drained: {total} items finished")
        return self._told()

    async def set_concurrency(
        self,
        ctx: Context,
        workers: Annotated[int, Meta(ge=1, le=MAX_SIZE, title="Workers", description="At a time")],
    ) -> dict[str, Any]:
        """Changes how many items are worked on at a time; takes effect at once and survives a restart."""
        before = self._crew.size
        self._crew.resize(workers)
        self._preferences.keep("concurrency", workers)
        return {"before": before, **self._told()}

    async def offer_concurrency(self, ctx: Context) -> Prepared:
        """Starts from the present size."""
        return Prepared(initial={"workers": self._crew.size})

    def _told(self) -> dict[str, Any]:
        self._agent.changed()
        return self.details()
