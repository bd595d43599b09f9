"""`nilometer demo`: the whole system on made-up traffic whose truth is known.

setup.py    a home and settings of its own
run.py      stack, traffic, waiting, jobs
truth.py    what came out is what went in
summary.py  what a person gets to see
"""
