"""The gateway: telemetry of any client, over HTTP and gRPC, onto the topic `raw`.

    HTTP (http.py) ─┐  access.py    door.py          inflate.py · otlp.py · events.py       delivery.py
    gRPC (rpc.py) ──┴─► who is it ► is there room ──► can it be read, how is it cut ► seal ► the broker's word ► 200

Nobody is answered 200 before the broker has acknowledged. Process: `python -m nilometer.producers.gateway`.
"""
