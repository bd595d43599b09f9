"""Topics on real Kafka: a plan first, twice is once, and nothing is changed behind a person's back."""

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from nilometer.schemas.broker import admin_client, cluster_id
from nilometer.schemas.errors import BrokerError
from nilometer.schemas.settings import BrokerSettings, Settings, TopicSettings
from nilometer.schemas.topics import apply, plan, topic_name, topics
from tests.conftest import on_cluster
from tests.support.kafka import Cluster, wait_for

pytestmark = pytest.mark.kafka


@pytest.fixture
def admin(kafka_settings: Settings) -> AdminClient:
    return admin_client(kafka_settings)


def created(admin: AdminClient, settings: Settings) -> None:
    apply(admin, settings, plan(admin, settings))
    # Metadata reaches clients a moment after the controller's answer.
    wait_for(lambda: not plan(admin, settings), "the topics")


def test_a_plan_shows_all_and_changes_nothing(admin: AdminClient, kafka_settings: Settings) -> None:
    first = plan(admin, kafka_settings)
    assert [(c.kind, c.topic) for c in first] == [("create", t.name) for t in topics(kafka_settings)]
    assert plan(admin, kafka_settings) == first


def test_creating_twice_is_creating_once(admin: AdminClient, kafka_settings: Settings) -> None:
    changes = plan(admin, kafka_settings)
    created(admin, kafka_settings)
    apply(admin, kafka_settings, changes)
    assert plan(admin, kafka_settings) == []


def test_topics_are_as_designed(admin: AdminClient, kafka_settings: Settings) -> None:
    created(admin, kafka_settings)
    known = admin.list_topics(timeout=10).topics
    for topic in topics(kafka_settings):
        assert len(known[topic.name].partitions) == topic.partitions
        resource = ConfigResource(ResourceType.TOPIC, topic.name)
        config = next(iter(admin.describe_configs([resource]).values())).result(10)
        assert {name: config[name].value for name in topic.config} == topic.config


def test_another_retention_is_shown_then_set(admin: AdminClient, kafka_settings: Settings) -> None:
    created(admin, kafka_settings)
    longer = kafka_settings.model_copy(update={"topics": TopicSettings(raw_retention_hours=12)})
    (change,) = plan(admin, longer)
    assert (change.kind, change.topic) == ("configure", topic_name(longer.environment, "raw"))
    assert "retention.ms: 21600000 → 43200000" in change.what
    apply(admin, longer, [change])
    wait_for(lambda: not plan(admin, longer), "the new retention")


def test_another_number_of_partitions_is_refused_and_shown(admin: AdminClient, kafka_settings: Settings) -> None:
    created(admin, kafka_settings)
    wider = kafka_settings.model_copy(update={"topics": TopicSettings(partitions=8)})
    changes = plan(admin, wider)
    assert {(c.kind, c.topic.rpartition(".")[2]) for c in changes} == {
        ("refuse", "raw"),
        ("refuse", "events"),
        ("refuse", "rollups"),
    }
    assert all("has 4 partitions, not 8" in change.what for change in changes)
    apply(admin, wider, changes)
    assert plan(admin, wider) == changes, "what is refused stays as it is"


def test_environments_have_topics_of_their_own(admin: AdminClient, kafka_settings: Settings) -> None:
    created(admin, kafka_settings)
    other = kafka_settings.model_copy(update={"environment": f"{kafka_settings.environment}x"})
    assert {change.kind for change in plan(admin, other)} == {"create"}


def test_what_the_broker_refuses_is_said(admin: AdminClient, kafka_settings: Settings) -> None:
    broker = kafka_settings.broker.model_copy(update={"replication_factor": 3})
    settings = kafka_settings.model_copy(update={"broker": broker})
    with pytest.raises(BrokerError, match=r"cannot change nilometer\..*replication"):
        apply(admin, settings, plan(admin, settings))


def test_a_broker_that_is_away_is_said(settings: Settings) -> None:
    away = settings.model_copy(update={"broker": BrokerSettings(bootstrap_servers="127.0.0.1:1")})
    with pytest.raises(BrokerError, match="cannot read the topics"):
        plan(admin_client(away), away, timeout=1)
    with pytest.raises(BrokerError, match="cannot reach the broker"):
        cluster_id(away, timeout=1)


def test_the_clusters_id_is_kafkas_own(kafka: Cluster, settings: Settings) -> None:
    assert cluster_id(on_cluster(settings, kafka)) == kafka.cluster_id
