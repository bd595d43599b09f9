"""Spans as decorators: of functions, coroutine functions, generators and asynchronous generators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from nilometer.producers.trace import Span

P = ParamSpec("P")
R = TypeVar("R")


def decorate(make: Callable[[], Span], function: Callable[P, R]) -> Callable[P, R]:
    """`function`, each call of which is one span of `make`'s, open for as long as it runs."""
    inner: Any = function

    async def asynchronous_generator(*args: Any, **kwargs: Any) -> Any:
        with make() as span:
            span.on_arguments(_arguments(inner, args, kwargs))
            async for item in inner(*args, **kwargs):
                yield item

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with make() as span:
            span.on_arguments(_arguments(inner, args, kwargs))
            result = await inner(*args, **kwargs)
            span.on_result(result)
            return result

    def generator(*args: Any, **kwargs: Any) -> Any:
        with make() as span:
            span.on_arguments(_arguments(inner, args, kwargs))
            return (yield from inner(*args, **kwargs))

    def plain(*args: Any, **kwargs: Any) -> Any:
        with make() as span:
            span.on_arguments(_arguments(inner, args, kwargs))
            result = inner(*args, **kwargs)
            span.on_result(result)
            return result

    if inspect.isasyncgenfunction(function):
        wrapped: Any = asynchronous_generator
    elif inspect.iscoroutinefunction(function):
        wrapped = coroutine
    else:
        wrapped = generator if inspect.isgeneratorfunction(function) else plain
    return cast("Callable[P, R]", functools.wraps(function)(wrapped))


def _arguments(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name; empty where they do not fit, of which the function itself will complain."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return {}
    return {name: value for name, value in bound.arguments.items() if name not in ("self", "cls")}
