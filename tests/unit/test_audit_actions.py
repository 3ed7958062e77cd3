"""Every audit action of contract level 0.4 is one that the server can write."""

from __future__ import annotations

from tests.unit.test_docs import audited

LEVEL_0_4 = {
    *("session.login.succeeded", "session.login.failed", "session.logout", "session.csrf.refreshed"),
    *("user.created", "user.updated", "user.password.reset"),
    *("settings.maintenance.updated", "maintenance.triggered", "maintenance.run"),
    *("system.bootstrap.completed", "system.agent.offline", "system.service.stale", "system.command.expired"),
    *("registration_token.created", "registration_token.revoked", "registration_token.deleted"),
    *("registration_token.consumed", "agent.registered", "agent.token.rotated", "agent.heartbeat.received"),
    *("agent.disabled", "agent.enabled", "agent.revoked"),
    *("service.reported", "service.action.prepare_requested", "service.action.requested"),
    *("command.created", "command.dispatched", "command.completed", "command.failed", "command.cancelled"),
    *("command.retried", "backup.sqlite.created"),
    *("bus.event.received", "bus.route.matched", "bus.route.failed", "bus.route.unmatched"),
    *("bus.command.created", "bus.route.created", "bus.route.updated", "bus.route.deleted"),
}


def test_every_action_of_the_contract_can_be_written() -> None:
    assert LEVEL_0_4 - audited() == set()
