"""Masked, priced spans on to other OTLP endpoints: Nilometer as the masking hop in front of another platform.

    events ─► choose.py ─► encode.py ─► over_http.py │ over_grpc.py ─► lane.py: taken, later, or never
                                                                        └► commit, or a dead letter

Each destination is a lane with a consumer, a place and a pace of its own. An offset is committed after the endpoint's
acknowledgement. Process: `python -m nilometer.streams.forward`.
"""

GROUP = "forward"
"""Each destination's place is kept under it: `nilometer.<environment>.forward.<name>`."""
