"""Turns: nothing is lost, each partition keeps its order, and a full one delays the others by no more than a batch."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from nilometer.streams.turns import Limits, Turns

LIMITS = Limits(records=5, size=1_000, items=100, seconds=0.0)
Record = tuple[int, int, int, int]
"""Partition, offset, bytes, items."""


def turns_of(records: Sequence[tuple[int, int, int]], limits: Limits = LIMITS) -> tuple[Turns[Record], list[Record]]:
    turns: Turns[Record] = Turns(limits)
    added = [(partition, offset, size, items) for offset, (partition, size, items) in enumerate(records)]
    for record in added:
        turns.add(record[0], record, record[2], record[3])
    return turns, added


def taken(turns: Turns[Record], count: int) -> list[list[Record]]:
    async def take() -> list[list[Record]]:
        batches: list[list[Record]] = []
        while sum(map(len, batches)) < count:
            batches.append(await turns.take())
        return batches

    return asyncio.run(take())


RECORDS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1_500), st.integers(0, 150)), max_size=60)


@given(RECORDS)
def test_everything_comes_out_in_the_order_of_its_partition_and_within_the_limits(
    records: list[tuple[int, int, int]],
) -> None:
    turns, added = turns_of(records)
    batches = taken(turns, len(added))
    flat = [record for batch in batches for record in batch]
    for partition in range(4):
        assert [r for r in flat if r[0] == partition] == [r for r in added if r[0] == partition]
    for batch in batches:
        assert batch
        assert len(batch) <= LIMITS.records
        if len(batch) > 1:
            assert sum(size for _, _, size, _ in batch) <= LIMITS.size
            assert sum(items for _, _, _, items in batch) <= LIMITS.items


@given(RECORDS)
def test_no_partition_is_passed_over_twice(records: list[tuple[int, int, int]]) -> None:
    turns, added = turns_of(records)
    left = {partition: [r for r in added if r[0] == partition] for partition in range(4)}
    order: list[int] = []
    for batch in taken(turns, len(added)):
        for record in batch:
            waiting = {partition for partition, queue in left.items() if queue}
            since = order[len(order) - order[::-1].index(record[0]) :] if record[0] in order else None
            if since is not None:
                assert waiting - {record[0]} <= set(since) | {record[0]}, "each of the others had its turn in between"
            left[record[0]].pop(0)
            order.append(record[0])


def test_small_records_do_not_wait_behind_a_heap_of_large_ones() -> None:
    turns, _ = turns_of([(3, 10, 100)] * 500 + [(0, 10, 1), (1, 10, 1)])
    first, second = taken(turns, 3)[:2]
    assert {partition for partition, *_ in first + second} == {0, 1, 3}


def test_a_batch_waits_for_company_but_a_full_one_does_not() -> None:
    async def scenario() -> None:
        turns: Turns[int] = Turns(Limits(records=2, size=1_000, items=100, seconds=3_600))
        turns.add(0, 1, 1, 1)
        taking = asyncio.create_task(turns.take())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not taking.done()
        turns.add(1, 2, 1, 1)
        assert await taking == [1, 2]

    asyncio.run(scenario())


def test_what_is_cleared_is_handed_back_and_gone() -> None:
    turns, added = turns_of([(0, 1, 1), (1, 1, 1), (0, 1, 1)])
    assert sorted(turns.clear()) == sorted(added)
    assert turns.clear() == []

    async def nothing() -> None:
        taking = asyncio.create_task(turns.take())
        await asyncio.sleep(0.01)
        assert not taking.done()
        taking.cancel()

    asyncio.run(nothing())
