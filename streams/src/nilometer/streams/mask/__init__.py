"""Masking: what personal or secret leaves the worker only as a placeholder such as `<PERSON>`.

kinds      what is found, and how a placeholder is written
policy, rules   what of it is masked where, and how, from the settings
actions, pseudonym   what stands there instead
recognizers/, nlp, engine   Presidio with our recognisers: text in, findings (offsets) out, cached by content
languages  models of other languages than English
keys       JSON keys that name what their value is
learn      values that such keys gave away, looked for in the other texts of the same event
walk, json_text, media   every string of a value; JSON inside strings value by value; images and audio
places, fields   which fields of an event are texts, which are identifiers
located, tracing   where in the input the findings are
masker     the door
"""

from nilometer.streams.mask.masker import MaskedText, Masker, MaskFailure

__all__ = ["MaskFailure", "MaskedText", "Masker"]
