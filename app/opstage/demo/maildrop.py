"""A maildir that is emptied by a poller: good mail is counted and kept, bad mail is put in quarantine."""

from __future__ import annotations

import ast
import mailbox
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid
from pathlib import Path

from opstage.demo import sources

KEPT = 200
"""Delivered mails kept; older ones are removed."""
QUARANTINE_SECONDS = 1800.0
"""Nobody looked at it for so long: it is removed."""
LARGEST_BYTES = 512 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail after parsing; ``problem`` says why it was put in quarantine."""

    key: str
    sender: str
    subject: str
    size: int
    attachments: int
    problem: str | None = None


class Maildrop:
    """Inbox, delivered mail and quarantine: three maildirs in one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._inbox = mailbox.Maildir(folder / "inbox", create=True)
        self._delivered = mailbox.Maildir(folder / "delivered", create=True)
        self._quarantine = mailbox.Maildir(folder / "quarantine", create=True)
        self.senders: Counter[str] = Counter()
        self.parsed = 0

    @property
    def waiting(self) -> int:
        """Mails in the inbox."""
        return len(self._inbox)

    @property
    def delivered(self) -> int:
        """Mails kept after delivery."""
        return len(self._delivered)

    @property
    def quarantined(self) -> int:
        """Mails in quarantine."""
        return len(self._quarantine)

    def drop(self, raw: bytes) -> str:
        """Puts a mail into the inbox as it is; returns its key."""
        return self._inbox.add(raw)

    def poll(self) -> Iterator[Mail]:
        """Takes every mail out of the inbox, oldest first, and says what became of it."""
        for key in sorted(self._inbox.keys()):
            raw = self._inbox.get_bytes(key)
            mail = examine(key, raw)
            (self._quarantine if mail.problem else self._delivered).add(raw)
            self._inbox.remove(key)
            self._count(mail)
            yield mail

    def quarantine(self) -> list[Mail]:
        """What lies in quarantine."""
        return [examine(key, self._quarantine.get_bytes(key)) for key in sorted(self._quarantine.keys())]

    def source_of(self, key: str) -> str:
        """The text of a mail in quarantine; raises KeyError when it is not there."""
        return self._quarantine.get_bytes(key).decode("utf-8", "replace")

    def release(self, key: str) -> None:
        """Delivers a mail from quarantine as it is; raises KeyError when it is not there."""
        self._delivered.add(self._quarantine.get_bytes(key))
        self._quarantine.remove(key)

    def empty_quarantine(self) -> int:
        """Deletes what lies in quarantine; returns how many mails."""
        keys = list(self._quarantine.keys())
        for key in keys:
            self._quarantine.remove(key)
        return len(keys)

    def read_again(self) -> Iterator[Mail]:
        """Parses all delivered mail anew and counts the senders afresh."""
        self.senders.clear()
        for key in sorted(self._delivered.keys()):
            mail = examine(key, self._delivered.get_bytes(key))
            self.senders[mail.sender] += 1
            yield mail

    def prune(self, now: float) -> int:
        """Removes surplus delivered mail and what was in quarantine too long; returns how many."""
        surplus = sorted(self._delivered.keys())[:-KEPT]
        for key in surplus:
            self._delivered.remove(key)
        stale = [key for key in sorted(self._quarantine.keys()) if _added_at(key) < now - QUARANTINE_SECONDS]
        for key in stale:
            self._quarantine.remove(key)
        return len(surplus) + len(stale)

    def _count(self, mail: Mail) -> None:
        self.parsed += 1
        if mail.problem is None:
            self.senders[mail.sender] += 1


def examine(key: str, raw: bytes) -> Mail:
    """Parses a mail and looks for what makes it undeliverable; never raises for bad content."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    sender, subject = str(message.get("From", "")), str(message.get("Subject", ""))
    attachments = sum(1 for part in message.walk() if part.get_content_disposition() == "attachment")
    return Mail(key, sender, subject, len(raw), attachments, _problem(message, len(raw)))


def _problem(message: EmailMessage, size: int) -> str | None:
    if size > LARGEST_BYTES:
        return f"larger than {LARGEST_BYTES} bytes"
    missing = [name for name in ("From", "Subject", "Date") if not message.get(name)]
    if missing:
        return f"no {' and no '.join(missing)}"
    try:
        return _defect(message)
    except (LookupError, ValueError) as problem:
        return f"cannot be decoded: {problem}"


def _added_at(key: str) -> float:
    """When a mail was put into its maildir: keys begin with the second."""
    return float(key.partition(".")[0])


def _defect(message: EmailMessage) -> str | None:
    for part in message.walk():
        if not part.is_multipart():
            # Decoding is what finds most defects: bad base64, unknown character sets.
            part.get_content()
        if part.defects:
            return type(part.defects[0]).__name__
    return None


class Sender:
    """Writes mails about the standard library: docstring as body, source as attachment.

    Every eighth one is damaged the way mail is damaged in transit; which way goes round in order.
    """

    def __init__(self, drop: Maildrop, modules: list[Path] | None = None) -> None:
        self._drop = drop
        self._modules = sources.modules() if modules is None else modules
        self._sent = int(time.time())

    def send_next(self) -> str:
        """Sends the next mail, good or damaged; returns its key."""
        self._sent += 1
        raw = self._about(self._modules[self._sent % len(self._modules)])
        if self._sent % 8 == 0:
            raw = damaged(raw, list(DAMAGES)[self._sent // 8 % len(DAMAGES)])
        return self._drop.drop(raw)

    def _about(self, module: Path) -> bytes:
        source = module.read_bytes()
        text = ast.get_docstring(ast.parse(source)) or "This module has no docstring."
        subject = text.partition("\n")[0][:120]
        return compose(f"{module.stem}@stdlib.example", subject, text, attachment=source[:4096])


def compose(
    sender: str, subject: str, body: str, *, to: str = "ops@demo.example", attachment: bytes = b""
) -> bytes:
    """A well-formed mail."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, " ".join(subject.split())
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain="demo.example")
    message.set_content(body)
    if attachment:
        message.add_attachment(
            attachment, maintype="application", subtype="octet-stream", filename="source.py"
        )
    return message.as_bytes()


def damaged(raw: bytes, how: str) -> bytes:
    """A mail damaged in one of the ``DAMAGES`` ways; raises KeyError for another."""
    old, new = DAMAGES[how]
    return raw.replace(old, new, 1)


DAMAGES: dict[str, tuple[bytes, bytes]] = {
    "no sender": (b"From: ", b"X-Lost: "),
    "unknown character set": (b'charset="utf-8"', b'charset="klingon"'),
    "cut off": (b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: base64\r\n\r\nA"),
}
