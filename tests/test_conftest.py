"""The house's own fixtures: each real server answers."""

import logging
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import psycopg
import pytest
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page

if TYPE_CHECKING:
    from tests.conftest import ExpectedLogs
    from tests.ground.own_servers import BrokerAddress


def test_pg_url_is_an_empty_database(pg_url: str) -> None:
    with psycopg.connect(pg_url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert tables == (0,)


@pytest.mark.parametrize("name", ["mosquitto", "amqtt_broker"])
def test_broker_lets_a_client_in(name: str, request: pytest.FixtureRequest) -> None:
    broker: BrokerAddress = request.getfixturevalue(name)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)

    assert client.connect(broker.host, broker.port) == mqtt.MQTT_ERR_SUCCESS
    client.disconnect()


def test_page_renders_in_chromium(page: Page) -> None:
    page.set_content("<h1>城东供电营业厅</h1>")

    assert page.inner_text("h1") == "城东供电营业厅"


def test_unexpected_warning_is_seen(expected_logs: "ExpectedLogs") -> None:
    logging.getLogger("a").warning("paper out")
    structlog.get_logger("b").warning("broker away", tries=3)
    structlog.get_logger("b").info("all well")

    assert expected_logs.unexpected() == ["a: paper out", "b: event='broker away' tries=3 level='warning'"]
    expected_logs.expect("paper out")
    expected_logs.expect("broker away")
