"""Where the broker is, and as whom a program goes there."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """`user` is also the client id, so that the broker can tie both together."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    ca_file: Path | None = None
    """Set: TLS, checked against this authority."""

    def client(self) -> Client:
        """Not yet connected; it never connects again by itself."""
        client = Client(CallbackAPIVersion.VERSION2, self.user, True, None, MQTTv311, reconnect_on_failure=False)
        client.username_pw_set(self.user, self.password)
        if self.ca_file is not None:
            client.tls_set_context(ssl.create_default_context(cafile=self.ca_file))
        return client
