"""The mailbox poller's work on real maildirs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from opstage.demo import maildrop
from opstage.demo.maildrop import DAMAGES, Maildrop, Sender, compose, damaged, examine


@pytest.fixture
def drop(tmp_path: Path) -> Maildrop:
    return Maildrop(tmp_path / "mail")


def good(subject: str = "News") -> bytes:
    return compose("ada@demo.example", subject, "Grüße\n", attachment=b"\x00\x01" * 100)


def test_good_mail_is_delivered_and_counted_by_sender(drop: Maildrop) -> None:
    drop.drop(good("one"))
    drop.drop(good("two"))
    mails = list(drop.poll())
    assert sorted(mail.subject for mail in mails) == ["one", "two"]
    assert {(mail.sender, mail.attachments, mail.problem) for mail in mails} == {
        ("ada@demo.example", 1, None)
    }
    assert (drop.waiting, drop.delivered, drop.quarantined, drop.parsed) == (0, 2, 0, 2)
    assert drop.senders == {"ada@demo.example": 2}


@pytest.mark.parametrize("how", DAMAGES)
def test_mail_damaged_in_any_way_is_quarantined_with_the_reason(drop: Maildrop, how: str) -> None:
    drop.drop(damaged(good(), how))
    (mail,) = drop.poll()
    assert mail.problem
    assert (drop.delivered, drop.quarantined) == (0, 1)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"From: \xff\nSubject: x\n\n", b"x" * 600_000])
def test_no_bytes_are_bad_enough_to_stop_the_poller(drop: Maildrop, raw: bytes) -> None:
    assert examine("key", raw).problem
    drop.drop(raw)
    drop.drop(good())
    assert sorted(mail.problem is None for mail in drop.poll()) == [False, True]


def test_a_released_mail_is_delivered_as_it_is(drop: Maildrop) -> None:
    drop.drop(damaged(good(), "no sender"))
    list(drop.poll())
    (mail,) = drop.quarantine()
    assert "X-Lost: ada" in drop.source_of(mail.key)
    drop.release(mail.key)
    assert (drop.delivered, drop.quarantined) == (1, 0)
    with pytest.raises(KeyError):
        drop.release(mail.key)


def test_emptying_the_quarantine_deletes_it(drop: Maildrop) -> None:
    for how in DAMAGES:
        drop.drop(damaged(good(), how))
    list(drop.poll())
    assert drop.empty_quarantine() == len(DAMAGES)
    assert drop.quarantined == 0


def test_reading_again_counts_afresh_and_keeps_the_mail(drop: Maildrop) -> None:
    drop.drop(good())
    list(drop.poll())
    list(drop.read_again())
    assert drop.senders == {"ada@demo.example": 1}
    assert drop.delivered == 1


def test_only_the_newest_delivered_mail_is_kept(drop: Maildrop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrop, "KEPT", 2)
    for number in range(3):
        drop.drop(good(str(number)))
    list(drop.poll())
    assert drop.prune(time.time()) == 1
    assert drop.delivered == 2


def test_mail_nobody_looks_at_leaves_the_quarantine_in_the_end(drop: Maildrop) -> None:
    drop.drop(damaged(good(), "no sender"))
    list(drop.poll())
    assert drop.prune(time.time() + maildrop.QUARANTINE_SECONDS - 60) == 0
    assert drop.prune(time.time() + maildrop.QUARANTINE_SECONDS + 5) == 1
    assert drop.quarantined == 0


def test_the_sender_sends_real_text_and_damages_every_eighth_mail(drop: Maildrop, tmp_path: Path) -> None:
    module = tmp_path / "thing.py"
    module.write_text('"""Does a thing.\n\nAnd another."""\n')
    sender = Sender(drop, [module])
    for _ in range(16):
        sender.send_next()
    mails = list(drop.poll())
    assert [mail.problem is None for mail in mails].count(False) == 2
    assert "Does a thing." in {mail.subject for mail in mails}
