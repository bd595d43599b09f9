"""A seeded simulator of support agents: realistic traffic whose truth is known.

people.py     whom the conversations are about: planted personal data
model.py      what a conversation is, as data
providers.py  replies as the providers' APIs give them
scenario.py   conversations of several features, a day's shape, an incident
play.py       the scenario through the real SDK
"""
