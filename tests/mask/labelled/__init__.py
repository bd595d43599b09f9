"""A labelled set: texts that hold known personal values, made from a seed by Faker and by the published formats.

sample     a text and the truth about it
numbers    ids with the check digits that their issuers publish, written without a look at the recognisers
values     one value of a kind: what people call it, and how it may be written
frames     what stands around a value: chat, JSON, code, logs, tables
negatives  what looks like a value and is none
made       the set that the recognisers were built with
heldout    a second one with other words and countries, which nothing was tuned on
"""
