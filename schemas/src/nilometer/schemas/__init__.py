"""All that two Nilometer processes must agree on: event types, topics, wire format, keys, settings."""
