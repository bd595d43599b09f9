"""Masking: what personal or secret leaves the worker only as a placeholder such as `<PERSON>`.

kinds      what is found, and how a placeholder is written
policy     what of it is masked, from the settings
recognizers/, nlp, engine   Presidio with our recognisers: text in, findings (offsets) out, cached by content
keys       JSON keys that name what their value is
learn      values that such keys gave away, looked for in the other texts of the same event
walk, json_text   every string of a value; JSON inside strings value by value
fields     which fields of an event are texts, which are identifiers
masker     the door
"""

from nilometer.streams.mask.masker import Masker, MaskFailure

__all__ = ["MaskFailure", "Masker"]
