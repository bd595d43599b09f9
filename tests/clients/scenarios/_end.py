from opentelemetry import _logs as _otel_logs
from opentelemetry import trace as _otel_trace

for _provider in (_otel_trace.get_tracer_provider(), _otel_logs.get_logger_provider()):
    if hasattr(_provider, "force_flush"):
        _provider.force_flush()
