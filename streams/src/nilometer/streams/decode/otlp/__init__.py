"""OTLP: one reader for protobuf and JSON, neutral records, and one module for each dialect of GenAI telemetry.

body ──protobuf.py / json_form.py──► OtlpSpan, OtlpLog ──dialects/──► RawSpan, RawSpanDetail, RawScore
"""
