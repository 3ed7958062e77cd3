"""The Opstage agent: makes a small service visible and operable with a few lines.

from opstage_agent import Agent, Health

agent = Agent("link-checker", version="1.0")

@agent.health
def health() -> Health:
    return Health.up("idle")

agent.run_forever()
"""

from opstage_agent.agent import Agent, CapsuleAgent
from opstage_agent.context import Context
from opstage_agent.errors import (
    ActionCancelled,
    ActionError,
    BusDisabled,
    ConfigurationError,
    ConnectionEnded,
    CredentialRefused,
    EventRefused,
    OpstageError,
    PayloadInvalid,
    RegistrationRefused,
    ServerUnreachable,
)
from opstage_agent.publishing import Published
from opstage_agent.values import ConfigItem, Health, Prepared
from opstage_agent.version import VERSION as __version__
from opstage_agent.wire import DangerLevel, HealthStatus

__all__ = [
    "ActionCancelled",
    "ActionError",
    "Agent",
    "BusDisabled",
    "CapsuleAgent",
    "ConfigItem",
    "ConfigurationError",
    "ConnectionEnded",
    "Context",
    "CredentialRefused",
    "DangerLevel",
    "EventRefused",
    "Health",
    "HealthStatus",
    "OpstageError",
    "PayloadInvalid",
    "Prepared",
    "Published",
    "RegistrationRefused",
    "ServerUnreachable",
    "__version__",
]
