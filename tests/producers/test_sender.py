"""The sender with a broker in memory: what it takes, drops, keeps and counts."""

import logging
import os
import threading
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from nilometer.producers import Sender
from nilometer.producers.outbox import MAX_FLYING
from nilometer.schemas.errors import BrokerError, KeyUnavailableError
from nilometer.schemas.keys import create_key, list_keys
from nilometer.schemas.settings import BrokerSettings, Settings
from nilometer.schemas.wire import header_map
from tests.producers.support import LARGE, FakeOutlet, opened, span, wait_until, with_key


def test_events_arrive_in_order_in_sealed_batches(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path, batch_max_events=100), FakeOutlet()
    sender = Sender(settings, connect=outlet.connect)
    assert all(sender.put(span(n)) for n in range(1_000))
    assert sender.flush(30)
    assert sender.close()
    assert outlet.names(settings) == [f"n{n}" for n in range(1_000)]
    assert max(len(opened(settings, m.value, header_map(m.headers))) for m in outlet.got) <= 100
    assert all(b"n17" not in m.value for m in outlet.got)
    stats = sender.stats()
    assert (stats.accepted, stats.delivered, stats.waiting, stats.spooled, stats.dropped) == (1_000, 1_000, 0, 0, {})


def test_batches_hold_at_most_512_kb_before_sealing_but_one_large_event_is_a_batch(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path, linger_seconds=5), FakeOutlet()
    sender = Sender(settings, connect=outlet.connect)
    for n in range(10):
        sender.put(span(n, 200_000))
    sender.put(span(10, 3_000_000))
    assert sender.flush(30)
    sizes = [len(opened(settings, m.value, header_map(m.headers))) for m in outlet.got]
    assert sum(sizes) == 11
    assert max(sizes) == 2
    assert sizes[-1] == 1
    sender.close()


def test_a_heavy_trace_goes_to_the_last_partition_and_the_others_elsewhere(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path, batch_max_events=100), FakeOutlet()
    sender = Sender(settings, connect=outlet.connect)
    for number in range(1_300):
        sender.put(structs.replace(span(number), trace_id="ab" * 16))
    assert sender.flush(30)
    for number in range(500):
        sender.put(span(number))
    assert sender.flush(30)
    sender.close()
    partitions = [message.partition for message in outlet.got]
    heavy, others = partitions[:-5], partitions[-5:]
    assert set(heavy[:9]) == {None}, "until it is known to be heavy"
    assert set(heavy[-3:]) == {3}
    assert set(others) <= {0, 1, 2}


def test_invariant_6_a_full_queue_drops_and_counts_and_put_returns(tmp_path: Path) -> None:
    """Bounded: the SDK never blocks the application. Nobody answers, there is no spool, nothing gets out."""
    settings = with_key(tmp_path, queue_max_events=50, spool_max_bytes=0, batch_max_events=1)
    outlet = FakeOutlet("hold")
    sender = Sender(settings, connect=outlet.connect)
    results = [sender.put(span(n)) for n in range(1_000)]
    taken = sum(results)
    # The queue, what flies, and one batch between them.
    assert taken <= 50 + MAX_FLYING + 1
    stats = sender.stats()
    assert stats.accepted == taken
    assert stats.dropped == {"queue_full": 1_000 - taken}
    assert not sender.close(timeout=0)
    stats = sender.stats()
    assert stats.dropped["not_delivered"] == taken
    assert stats.accepted == stats.delivered + stats.dropped["not_delivered"]


def test_the_queue_is_bounded_in_bytes(tmp_path: Path) -> None:
    settings = with_key(tmp_path, queue_max_bytes=1024 * 1024, spool_max_bytes=0)
    sender = Sender(settings, connect=FakeOutlet("unreachable").connect)
    results = [sender.put(span(n, 300_000)) for n in range(100)]
    # 3 in the queue; a batch of at most two more waits for the broker.
    assert sum(results) <= 5
    sender.close(timeout=0)


def test_an_event_that_is_too_large_is_refused_with_a_reason(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path), FakeOutlet()
    sender = Sender(settings, connect=outlet.connect)
    assert not sender.put(span(1, LARGE))
    assert sender.put(span(2))
    assert sender.close()
    assert sender.stats().dropped == {"too_large": 1}
    assert outlet.names(settings) == ["n2"]


def test_after_close_events_are_dropped_and_counted(tmp_path: Path) -> None:
    sender = Sender(with_key(tmp_path), connect=FakeOutlet().connect)
    assert sender.close()
    assert not sender.put(span(1))
    assert sender.stats().dropped == {"closed": 1}


def test_flush_says_when_it_took_too_long(tmp_path: Path) -> None:
    outlet = FakeOutlet("hold")
    sender = Sender(with_key(tmp_path), connect=outlet.connect)
    assert sender.flush(0)
    sender.put(span(1))
    assert not sender.flush(0.05)
    sender.close(timeout=0)


def test_a_failed_delivery_is_tried_again_in_order(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path, batch_max_events=1), FakeOutlet("fail")
    sender = Sender(settings, connect=outlet.connect)
    for n in range(20):
        sender.put(span(n))
    wait_until(lambda: sender.away and sender.stats().spooled == 20)
    outlet.mode = "deliver"
    assert sender.flush(30)
    assert outlet.names(settings) == [f"n{n}" for n in range(20)]
    assert not sender.away
    assert sender.stats().delivered == 20
    assert sender.close()
    assert not list(settings.spool_directory().iterdir())


def test_what_the_broker_refuses_for_good_does_not_block_the_rest(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path), FakeOutlet("refuse")
    sender = Sender(settings, connect=outlet.connect)
    sender.put(span(1))
    assert sender.flush(30)
    outlet.mode = "deliver"
    sender.put(span(2))
    assert sender.flush(30)
    sender.close()
    assert outlet.names(settings) == ["n2"]
    assert sender.stats().dropped == {"refused_by_broker": 1}


def test_a_slow_flight_is_on_disk_before_it_lands(tmp_path: Path) -> None:
    settings, outlet = with_key(tmp_path), FakeOutlet("hold")
    sender = Sender(settings, connect=outlet.connect)
    sender.put(span(1))
    wait_until(lambda: sender.stats().spooled == 1)
    assert sender.stats().waiting == 0
    assert not sender.close(timeout=0)
    assert len(list(settings.spool_directory().glob("*/*.batch"))) == 1


def test_a_full_spool_is_bounded_and_the_queue_then_drops(tmp_path: Path) -> None:
    settings = with_key(tmp_path, spool_max_bytes=100_000, queue_max_events=10, batch_max_events=1)
    sender = Sender(settings, connect=FakeOutlet("unreachable").connect)

    def on_disk() -> int:
        return sum(file.stat().st_size for file in settings.spool_directory().glob("*/*.batch"))

    for n in range(200):
        # Random, so that it does not compress.
        sender.put(msgspec.structs.replace(span(n), tool_result=os.urandom(2_000).hex()))
        wait_until(lambda: sender.stats().waiting < 10 or on_disk() > 95_000)
    sender.close(timeout=0)
    stats = sender.stats()
    assert 95_000 < on_disk() <= 101_000
    assert stats.dropped["queue_full"] > 0
    assert stats.accepted + stats.dropped["queue_full"] == 200
    assert stats.accepted == stats.spooled + stats.dropped["not_delivered"]


def test_without_a_key_events_wait_and_go_out_once_there_is_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, outlet = Settings(home=tmp_path), FakeOutlet()
    with caplog.at_level(logging.WARNING, "nilometer"):
        sender = Sender(settings, connect=outlet.connect)
        sender.put(span(1))
        wait_until(lambda: bool(caplog.records))
        create_key(settings.keys_directory())
        assert sender.flush(30)
    assert outlet.names(settings) == ["n1"]
    assert [r.message for r in caplog.records if "sealing key" in r.message]
    assert sender.close()


def test_without_a_key_at_the_end_events_are_counted_and_nothing_is_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    sender = Sender(settings, connect=FakeOutlet().connect)
    sender.put(span(1))
    assert not sender.close()
    assert sender.stats().dropped == {"no_key": 1}
    assert not settings.spool_directory().exists()


def test_without_a_broker_events_go_to_the_spool_and_the_next_process_sends_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = with_key(tmp_path)
    with caplog.at_level(logging.WARNING, "nilometer"):
        first = Sender(settings)
        for n in range(5):
            first.put(span(n))
        assert not first.close()
    assert first.stats().spooled == 5
    assert len([r for r in caplog.records if "no broker" in r.message]) == 1
    assert b"n3" not in b"".join(f.read_bytes() for f in settings.spool_directory().glob("*/*.batch"))
    outlet = FakeOutlet()
    second = Sender(settings, connect=outlet.connect)
    second.put(span(5))
    wait_until(lambda: second.stats().delivered == 6)
    assert outlet.names(settings) == [f"n{n}" for n in range(6)]
    assert second.close()


def test_a_damaged_spool_file_is_set_aside_and_counted(tmp_path: Path) -> None:
    settings = with_key(tmp_path, batch_max_events=1)
    first = Sender(settings, connect=FakeOutlet("unreachable").connect)
    for n in range(3):
        first.put(span(n))
    first.close()
    files = sorted(settings.spool_directory().glob("*/*.batch"))
    files[1].write_bytes(files[1].read_bytes()[:-5])
    outlet = FakeOutlet()
    second = Sender(settings, connect=outlet.connect)
    second.put(span(3))
    wait_until(lambda: second.stats().delivered == 3)
    second.close()
    assert outlet.names(settings) == ["n0", "n2", "n3"]
    assert second.stats().dropped == {"spool_damaged": 1}
    assert len(list(settings.spool_directory().glob("**/*.damaged"))) == 1


def test_a_spool_that_cannot_be_written_leaves_events_in_memory(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    settings, outlet = with_key(tmp_path, spool_directory=blocked / "spool"), FakeOutlet("fail")
    sender = Sender(settings, connect=outlet.connect)
    sender.put(span(1))
    wait_until(lambda: sender.away)
    outlet.mode = "deliver"
    assert sender.flush(30)
    sender.close()
    assert outlet.names(settings) == ["n1"]


def test_a_living_process_keeps_its_spool(tmp_path: Path) -> None:
    settings = with_key(tmp_path)
    first = Sender(settings, connect=FakeOutlet("unreachable").connect)
    first.put(span(1))
    wait_until(lambda: first.stats().spooled == 1)
    outlet = FakeOutlet()
    second = Sender(settings, connect=outlet.connect)
    second.put(span(2))
    assert second.flush(30)
    assert second.close()
    assert outlet.names(settings) == ["n2"]
    assert first.stats().spooled == 1
    first.close()


def test_a_new_key_seals_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nilometer.producers.sender.KEY_SECONDS", 0.0)
    settings, outlet = with_key(tmp_path), FakeOutlet()
    sender = Sender(settings, connect=outlet.connect)
    sender.put(span(1))
    assert sender.flush(30)
    newer = create_key(settings.keys_directory())
    assert list_keys(settings.keys_directory())[-1].key_id == newer.key_id
    sender.put(span(2))
    assert sender.flush(30)
    assert header_map(outlet.got[-1].headers)["nilometer-key"] == newer.key_id
    sender.close()


def test_blocking_put_waits_for_space_and_drops_nothing(tmp_path: Path) -> None:
    settings = with_key(tmp_path, queue_max_events=10, batch_max_events=1)
    outlet = FakeOutlet("fail")
    sender = Sender(settings, block=True, connect=outlet.connect)
    done = threading.Event()

    def publish() -> None:
        for n in range(300):
            sender.put(span(n))
        done.set()

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: sender.away and sender.stats().waiting >= 10)
    assert not done.is_set()
    assert sender.stats().accepted < 300
    outlet.mode = "deliver"
    assert done.wait(30)
    thread.join()
    assert sender.flush(30)
    assert sender.close()
    assert outlet.names(settings) == [f"n{n}" for n in range(300)]
    assert sender.stats().dropped == {}
    assert not settings.spool_directory().exists()


def test_blocking_mode_says_at_once_what_is_not_configured(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailableError):
        Sender(Settings(home=tmp_path), block=True)
    with pytest.raises(BrokerError):
        Sender(with_key(tmp_path), block=True)


def test_a_broker_that_never_answers_holds_up_nobody(tmp_path: Path) -> None:
    """192.0.2.1 is reserved for documentation: packets to it get lost."""
    base = with_key(tmp_path, queue_max_events=100, spool_max_bytes=0)
    settings = base.model_copy(update={"broker": BrokerSettings(bootstrap_servers="192.0.2.1:9092")})
    sender = Sender(settings)
    results = [sender.put(span(n, 100_000)) for n in range(1_000)]
    assert not all(results)
    assert sender.stats().dropped["queue_full"] > 0
    sender.close(timeout=0)
    assert sender.stats().delivered == 0


def test_a_sender_that_fails_says_so_to_who_waits_for_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> FakeOutlet:
        raise RuntimeError("a fault of ours")

    patient = Sender(with_key(tmp_path / "a"), block=True, connect=broken)
    patient.put(span(1))
    with pytest.raises(BrokerError):
        patient.flush(30)
    with pytest.raises(BrokerError):
        patient.put(span(2))
    quiet = Sender(with_key(tmp_path / "b", spool_max_bytes=0), connect=broken)
    quiet.put(span(1))
    assert not quiet.flush(30)
    assert not quiet.put(span(2))
    assert quiet.stats().dropped == {"not_delivered": 1, "closed": 1}
    assert "the sender failed" in caplog.text
