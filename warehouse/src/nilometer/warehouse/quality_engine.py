"""Great Expectations as we use it: in memory, frame by frame, nothing written, nobody called.

Importing it takes seconds, so whoever needs it imports this module late.
"""

import os
import re
import warnings
from typing import Any

import pandas as pd

from nilometer.warehouse.quality_result import Check
from nilometer.warehouse.quality_suites import Expectation, Suite

# Read when the library is imported; 1.24 has no analytics left, earlier and later versions may.
os.environ["GX_ANALYTICS_ENABLED"] = "false"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

SAMPLE = 5


class Engine:
    """Checks frames of one suite's rows and adds up what it finds."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        config = DataContextConfig(
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
            # Else each context leaves a folder in /tmp.
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        )
        self._context = gx.get_context(mode="ephemeral", project_config=config)
        source = self._context.data_sources.add_pandas(suite.name)
        asset = source.add_dataframe_asset(suite.name)
        gx_suite = gx.ExpectationSuite(suite.name, expectations=[_gx(e, i) for i, e in enumerate(suite.expectations)])
        self._validation = gx.ValidationDefinition(
            name=suite.name,
            data=asset.add_batch_definition_whole_dataframe("frame"),
            suite=self._context.suites.add(gx_suite),
        )
        self._context.validation_definitions.add(self._validation)
        self._tallies = [_Tally(e) for e in suite.expectations]

    def check(self, frame: pd.DataFrame) -> None:
        """Adds the rows of a frame, which has the columns of the suite's query."""
        with warnings.catch_warnings():
            # Its metrics use what pandas is about to drop.
            warnings.simplefilter("ignore")
            found = self._validation.run(
                batch_parameters={"dataframe": frame},
                result_format={
                    "result_format": "SUMMARY",
                    "partial_unexpected_count": SAMPLE,
                    "unexpected_index_column_names": [self._suite.key],
                },
            )
        for result in found.results:
            self._tallies[_number(result)].add(result, self._suite.key)

    def checks(self) -> list[Check]:
        """One check per expectation over all frames so far; of no rows at all nothing is unexpected."""
        return [tally.check(self._suite.name) for tally in self._tallies]


class _Tally:
    def __init__(self, expectation: Expectation) -> None:
        self._expectation = expectation
        self._rows = 0
        self._unexpected = 0
        self._sample: list[str] = []
        self._error: str | None = None

    def add(self, found: Any, key: str) -> None:
        result = found.result
        if "unexpected_count" not in result:
            # Its message may quote a row.
            self._error = _error_type(found.exception_info)
            return
        self._rows += result["element_count"] - result.get("missing_count", 0)
        self._unexpected += result["unexpected_count"]
        rows = result.get("partial_unexpected_index_list") or ()
        self._sample = (self._sample + [str(row[key]) for row in rows])[:SAMPLE]

    def check(self, suite: str) -> Check:
        expectation = self._expectation
        met = 1 - self._unexpected / self._rows if self._rows else 1.0
        return Check(
            suite=suite,
            expectation=expectation.kind,
            subject=expectation.subject,
            severity=expectation.severity,
            success=self._error is None and met >= expectation.mostly,
            rows=self._rows,
            unexpected=self._unexpected,
            mostly=expectation.mostly,
            sample=self._sample,
            error_type=self._error,
        )


def _gx(expectation: Expectation, number: int) -> Any:
    name = "Expect" + "".join(word.capitalize() for word in expectation.kind.split("_"))
    severity = "critical" if expectation.severity == "error" else "warning"
    return getattr(gx.expectations, name)(severity=severity, meta={"number": number}, **expectation.arguments)


def _number(result: Any) -> int:
    """Which of the suite's expectations it is the result of."""
    return result.expectation_config.meta["number"]


def _error_type(info: Any) -> str:
    found = re.search(r"\b([A-Z]\w*(?:Error|Exception))\b", str(info))
    return found[1] if found else "unknown"
