"""The mailbox poller: empties a maildir, counts good mail, puts bad mail in quarantine."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any, Literal

from msgspec import Meta

from opstage.demo.embedded import agent_of
from opstage.demo.home import Home, run_async
from opstage.demo.maildrop import Mail, Maildrop, Sender, compose, damaged
from opstage_agent import ActionError, ConfigItem, Context, Health, Prepared

POLL_SECONDS = 10.0
SEND_SECONDS = 20.0
DEFAULT_TOLERATED = 15
SHOWN_CHARS = 4000

RECIPIENTS = ["ops@demo.example"]

Key = Annotated[str, Meta(title="Mail", description="Key in the quarantine", min_length=1, max_length=200)]
Address = Annotated[str, Meta(pattern=r"^[^@\s<>,]+@[^@\s<>,]+$", max_length=100)]
Body = Annotated[str, Meta(title="Text", max_length=20_000, extra_json_schema={"format": "textarea"})]


def run(home: Home) -> None:
    """Runs the service until SIGTERM or SIGINT."""
    run_async(lambda: serve(home))


async def serve(home: Home) -> None:
    """Polls, sends, and is operable, until cancelled."""
    drop = Maildrop(home.folder / "mail")
    service = MailboxPoller(home, drop, await asyncio.to_thread(Sender, drop))
    async with service.agent:
        await service.work()


class MailboxPoller:
    """The governance of the maildrop: health, configuration, actions.

    More mails in quarantine than are tolerated make the service DEGRADED.
    """

    def __init__(self, home: Home, drop: Maildrop, sender: Sender) -> None:
        self._drop = drop
        self._sender = sender
        self._preferences = home.preferences
        self._paused = False
        self._tolerated = self._preferences.number("tolerated", DEFAULT_TOLERATED)
        self.agent = agent_of(
            home,
            "Mailbox poller",
            "Empties a maildir, counts mail by sender and puts damaged mail in quarantine.",
            {"resources": [{"name": "inbox", "label": "Inbox", "type": "queue"}]},
        )
        self._declare()

    async def work(self) -> None:
        """Polls and sends, each in its own rhythm, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_polling())
            tasks.create_task(self._keep_sending())

    async def _keep_polling(self) -> None:
        while True:
            if not self._paused:
                self._poll()
            await asyncio.sleep(POLL_SECONDS)

    async def _keep_sending(self) -> None:
        while True:
            await asyncio.to_thread(self._sender.send_next)
            await asyncio.sleep(SEND_SECONDS)

    def _poll(self) -> list[Mail]:
        mails = list(self._drop.poll())
        if mails:
            self._drop.prune(time.time())
        if any(mail.problem for mail in mails):
            self.agent.changed()
        return mails

    def _declare(self) -> None:
        agent = self.agent
        agent.health(self.health)
        agent.config(self.config)
        agent.action(category="item-management", order=1, retry_safe=True)(self.pause)
        agent.action(category="item-management", order=2, retry_safe=True)(self.resume)
        agent.action(category="item-management", order=3, label="Poll now", retry_safe=True)(self.poll_now)
        agent.action(category="item-management", order=4)(self.send_mail)
        agent.action(category="item-management", order=5)(self.send_batch)
        agent.action(category="diagnostics", order=1, retry_safe=True)(self.list_quarantine)
        agent.action(category="diagnostics", order=2, timeout=900, retry_safe=True)(self.read_again)
        for handler in (self.show_mail, self.release_mail):
            agent.action(category="row-action", retry_safe=handler == self.show_mail)(handler).prepare(
                self.offer_quarantined
            )
        agent.action(category="advanced", danger="HIGH", confirm=True)(self.empty_quarantine)
        agent.action(category="runtime-config", danger="MEDIUM", retry_safe=True)(self.set_tolerance)

    async def health(self) -> Health:
        """DEGRADED while more mails are in quarantine than are tolerated."""
        drop = self._drop
        details = {
            "state": "paused" if self._paused else "polling",
            "waiting": drop.waiting,
            "delivered": drop.delivered,
            "quarantined": drop.quarantined,
            "parsedSinceStart": drop.parsed,
            "topSenders": dict(drop.senders.most_common(5)),
        }
        if drop.quarantined > self._tolerated:
            return Health.degraded(
                f"{drop.quarantined} mails in quarantine, {self._tolerated} are tolerated", details
            )
        return Health.up(f"{drop.delivered} mails kept, {drop.quarantined} in quarantine", details)

    async def config(self) -> list[ConfigItem]:
        """What the poller runs with."""
        return [
            ConfigItem("poll.seconds", POLL_SECONDS, label="Time between polls", default=POLL_SECONDS),
            ConfigItem("send.seconds", SEND_SECONDS, label="Time between mails sent", default=SEND_SECONDS),
            ConfigItem(
                "quarantine.tolerated",
                self._tolerated,
                label="Tolerated in quarantine",
                source="file",
                editable=True,
                default=DEFAULT_TOLERATED,
            ),
            ConfigItem(
                "mail.password",
                label="Password of the mailbox",
                sensitive=True,
                secret_ref="k8s-secret://demo/mailbox/password",  # noqa: S106 - a reference, no secret
            ),
        ]

    async def pause(self, ctx: Context) -> dict[str, Any]:
        """Stops polling; mail piles up in the inbox."""
        self._paused = True
        self.agent.changed()
        return {"state": "paused", "waiting": self._drop.waiting}

    async def resume(self, ctx: Context) -> dict[str, Any]:
        """Polls again from now on."""
        self._paused = False
        mails = self._poll()
        self.agent.changed()
        return {"state": "polling", "taken": len(mails)}

    async def poll_now(self, ctx: Context) -> dict[str, Any]:
        """Empties the inbox now and prints what became of each mail."""
        waiting = max(1, self._drop.waiting)
        bad = 0
        for number, mail in enumerate(self._drop.poll(), start=1):
            print(f"{'QUARANTINE' if mail.problem else 'delivered '} {mail.subject} {mail.problem or ''}")
            bad += mail.problem is not None
            ctx.progress(100 * number / waiting, f"{number} of {waiting} mails")
            # Lets the rest of the service breathe between two mails.
            await asyncio.sleep(0)
        self.agent.changed()
        return {"delivered": self._drop.delivered, "newlyQuarantined": bad}

    async def send_mail(
        self,
        ctx: Context,
        sender: Annotated[Address, Meta(title="From")] = "ada@demo.example",
        to: Annotated[list[Address], Meta(title="To", min_length=1, max_length=5)] = RECIPIENTS,
        subject: Annotated[str, Meta(min_length=1, max_length=200)] = "Hello",
        body: Body = "Written in the console.",
        damage: Annotated[
            Literal["none", "no sender", "unknown character set", "cut off"],
            Meta(description="How it is damaged on its way"),
        ] = "none",
    ) -> dict[str, Any]:
        """Puts a mail into the inbox, whole or damaged; it is taken with the next poll."""
        if damage == "none":
            raw = compose(sender, subject, body, to=", ".join(to))
        else:
            raw = damaged(compose(sender, subject, body, to=", ".join(to), attachment=body.encode()), damage)
        return {"key": self._drop.drop(raw), "bytes": len(raw), "waiting": self._drop.waiting}

    async def send_batch(
        self, ctx: Context, count: Annotated[int, Meta(ge=1, le=100, description="Mails to send")] = 20
    ) -> dict[str, Any]:
        """Lets the sender send many mails at once; every eighth is damaged."""
        for number in range(1, count + 1):
            await asyncio.to_thread(self._sender.send_next)
            ctx.progress(100 * number / count, f"{number} of {count} sent")
        return {"sent": count, "waiting": self._drop.waiting}

    async def list_quarantine(self, ctx: Context) -> dict[str, Any]:
        """The mails in quarantine and what is wrong with each."""
        return {"list": _table(self._drop.quarantine())}

    async def show_mail(self, ctx: Context, key: Key) -> dict[str, Any]:
        """The text of a mail in quarantine."""
        text = self._source(key)
        data = {"key": key, "characters": len(text), "text": text[:SHOWN_CHARS]}
        release = {"label": "Release", "action": "releaseMail", "payload": {"key": key}, "confirm": True}
        return {"detail": {"title": "Mail in quarantine", "data": data, "actions": [release]}}

    async def release_mail(self, ctx: Context, key: Key) -> dict[str, Any]:
        """Delivers a mail from quarantine as it is."""
        self._source(key)
        self._drop.release(key)
        self.agent.changed()
        return {"released": key, "quarantined": self._drop.quarantined}

    async def offer_quarantined(self, ctx: Context) -> Prepared:
        """Offers the mails in quarantine and shows how many there are."""
        keys = [mail.key for mail in self._drop.quarantine()]
        state = {"detail": {"title": "Quarantine", "data": {"mails": len(keys)}}}
        return Prepared(initial={"key": keys[0] if keys else ""}, choices={"key": keys}, state=state)

    async def empty_quarantine(self, ctx: Context) -> dict[str, Any]:
        """Deletes every mail in quarantine for good."""
        deleted = self._drop.empty_quarantine()
        self.agent.changed()
        return {"deleted": deleted}

    def read_again(
        self,
        ctx: Context,
        pause_milliseconds: Annotated[int, Meta(ge=0, le=1000, description="Between mails")] = 50,
    ) -> dict[str, Any]:
        """Parses all delivered mail anew to count the senders: takes a while and can be cancelled."""
        total = max(1, self._drop.delivered)
        for number, mail in enumerate(self._drop.read_again(), start=1):
            print(f"{mail.sender}: {mail.subject}")
            ctx.progress(100 * number / total, f"{number} of {total} mails")
            ctx.sleep(pause_milliseconds / 1000)
        return {"senders": dict(self._drop.senders.most_common(20))}

    async def set_tolerance(
        self, ctx: Context, mails: Annotated[int, Meta(ge=0, le=1000, title="Mails")]
    ) -> dict[str, Any]:
        """Sets how many mails in quarantine are still healthy."""
        self._tolerated = mails
        self._preferences.keep("tolerated", mails)
        self.agent.changed()
        return {"tolerated": mails}

    def _source(self, key: str) -> str:
        try:
            return self._drop.source_of(key)
        except KeyError:
            raise ActionError(f"no mail {key!r} is in quarantine", code="NO_SUCH_MAIL") from None


def _table(mails: list[Mail]) -> dict[str, Any]:
    target = {"key": "$row.id"}
    return {
        "title": "Quarantine",
        "emptyText": "No mail is in quarantine.",
        "columns": [
            {"key": "subject", "label": "Subject", "ellipsis": True},
            {"key": "sender", "label": "From"},
            {"key": "size", "label": "Size", "format": "bytes"},
            {"key": "problem", "label": "Problem"},
        ],
        "data": [
            {"id": x.key, "subject": x.subject, "sender": x.sender, "size": x.size, "problem": x.problem}
            for x in mails
        ],
        "rowActions": [
            {"label": "Show", "action": "showMail", "payload": target},
            {"label": "Release", "action": "releaseMail", "payload": target, "confirm": True},
        ],
        "pageActions": [{"label": "Empty the quarantine", "action": "emptyQuarantine", "danger": True}],
    }
