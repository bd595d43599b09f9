"""Evaluation: what can be said of calls and traces once they are in the warehouse.

runs.run(settings)  reads what is new from the warehouse's views, asks every scorer, writes Score rows
scorers             all scorers there are, and what makes something a scorer
scores/             the reference-free scores that need no model, one a module
"""
