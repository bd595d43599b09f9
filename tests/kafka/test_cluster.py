"""The test clusters themselves: what they promise to tests."""

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from tests.support.kafka import Cluster

pytestmark = pytest.mark.kafka


def test_three_nodes_keep_what_was_acknowledged_through_a_kill(kafka3: Cluster) -> None:
    admin = AdminClient({"bootstrap.servers": kafka3.bootstrap_servers})
    admin.create_topics([NewTopic("t", 2, -1)])["t"].result(30)
    producer = Producer({"bootstrap.servers": kafka3.bootstrap_servers, "acks": "all", "log_level": 0})
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            errors.append(error)

    for number in range(1000):
        if number == 500:
            kafka3.nodes[0].kill()
        producer.produce("t", str(number).encode(), partition=number % 2, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(60) == 0
    assert errors == []
    kafka3.start()
    kafka3.nodes[1].stop()
    kafka3.start()
    assert sorted(_read(kafka3, "t", 1000)) == list(range(1000))


def test_the_whole_cluster_comes_back_with_its_data(kafka3: Cluster) -> None:
    admin = AdminClient({"bootstrap.servers": kafka3.bootstrap_servers})
    admin.create_topics([NewTopic("t", 2, -1)])["t"].result(30)
    producer = Producer({"bootstrap.servers": kafka3.bootstrap_servers, "acks": "all", "log_level": 0})
    for number in range(100):
        producer.produce("t", str(number).encode(), partition=number % 2)
    assert producer.flush(60) == 0
    kafka3.stop()
    kafka3.start()
    assert sorted(_read(kafka3, "t", 100)) == list(range(100))


def _read(cluster: Cluster, topic: str, count: int) -> list[int]:
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap_servers, "group.id": "reader", "log_level": 0})
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(2)])
    found: list[int] = []
    while len(found) < count:
        message = consumer.poll(30)
        assert message is not None, f"only {len(found)} of {count}"
        assert message.error() is None
        found.append(int(message.value() or b""))
    consumer.close()
    return found
