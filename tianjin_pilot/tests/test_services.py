"""The services that tests start are the real ones."""

import psycopg
import pytest
import redis
from celery import Celery
from django.core.mail import EmailMessage, get_connection
from django.db import connection

from tianjin_pilot.environment import database_from, mail_from
from tianjin_pilot.tests import services


@pytest.mark.services
def test_postgresql_knows_chinese_letters() -> None:
    with services.postgresql() as url:
        config = database_from(url)
        with psycopg.connect(
            host=config["HOST"], user=config["USER"], dbname=config["NAME"]
        ) as database:
            # Under the plain C locale no Chinese character is a letter, and searches fail.
            row = database.execute("SELECT '津' ~ '^[[:alpha:]]$', version()").fetchone()
    assert row is not None
    assert row[0] is True
    assert int(row[1].split()[1].split(".")[0]) >= services.OLDEST_POSTGRESQL


@pytest.mark.services
def test_broker_takes_no_port() -> None:
    with services.broker() as url:
        assert url.startswith("unix:///")
        with redis.Redis.from_url(url) as client:
            assert client.set("key", "value")
            assert client.get("key") == b"value"
            assert client.config_get("port") == {"port": "0"}
    with redis.Redis.from_url(url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_worker_answers_through_the_broker() -> None:
    with services.broker() as url:
        env = {"REDIS_URL": url, "DATABASE_URL": services.database_url_of(connection)}
        with services.worker(env) as worker:
            app = Celery(broker=url.replace("unix://", "redis+socket://"), set_as_current=False)
            answers = app.control.ping(timeout=5, limit=1)
            app.close()
    assert [list(answer.values()) for answer in answers] == [[{"ok": "pong"}]]
    assert not worker.log.exists()


@pytest.mark.services
def test_mail_server_keeps_what_it_is_given() -> None:
    with services.mail_server() as (url, messages):
        config = mail_from(url)
        with get_connection(
            config["EMAIL_BACKEND"], host=config["EMAIL_HOST"], port=config["EMAIL_PORT"]
        ) as server:
            server.send_messages(
                [EmailMessage("催报：2026年10月", "请报送。", "a@example.org", ["b@example.org"])]
            )
    assert [message["Subject"] for message in messages] == ["催报：2026年10月"]
    assert messages[0]["X-Envelope-To"] == "b@example.org"
    assert messages[0].get_content().strip() == "请报送。"


@pytest.mark.django_db
def test_address_of_a_connection_leads_to_the_same_database() -> None:
    config = database_from(services.database_url_of(connection))
    for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST"):
        assert config[key] == connection.settings_dict[key], key
    assert str(config["PORT"]) == str(connection.settings_dict["PORT"])
