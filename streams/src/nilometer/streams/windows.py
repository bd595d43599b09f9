"""A sliding window over event time: the sum of the last seconds, in any order of arrival."""

import heapq

from nilometer.streams.rules import Totals


class Window:
    """The totals of the seconds in `(end - length, end]`. Later seconds wait; earlier ones are let go."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.total = Totals()
        self._end: int | None = None
        self._seconds: dict[int, Totals] = {}
        self._ahead: list[int] = []
        self._inside: list[int] = []

    def __len__(self) -> int:
        """How many seconds are held."""
        return len(self._seconds)

    def add(self, second: int, part: Totals) -> bool:
        """Counts what happened in a second; False where the window has left that second behind."""
        if self._end is not None and second <= self._end - self.length:
            return False
        bucket = self._seconds.get(second)
        inside = self._end is not None and second <= self._end
        if bucket is None:
            bucket = self._seconds[second] = Totals()
            heapq.heappush(self._inside if inside else self._ahead, second)
        bucket.add(part)
        if inside:
            self.total.add(part)
        return True

    def move(self, end: int) -> None:
        """Moves the window's end; never back."""
        if self._end is not None and end <= self._end:
            return
        self._end = end
        while self._ahead and self._ahead[0] <= end:
            second = heapq.heappop(self._ahead)
            self.total.add(self._seconds[second])
            heapq.heappush(self._inside, second)
        while self._inside and self._inside[0] <= end - self.length:
            self.total.add(self._seconds.pop(heapq.heappop(self._inside)), -1)

    def next_change(self) -> int | None:
        """The end at which the total changes next if nothing arrives; None where it does not."""
        ahead = self._ahead[:1]
        leaves = [second + self.length for second in self._inside[:1]]
        return min(ahead + leaves, default=None)
