# A module that predicts, one that thinks first.
import contextlib

import dspy

dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", cache=False, num_retries=0))
dspy.Predict("question -> answer")(question="How is the weather?")
dspy.ChainOfThought("question -> answer")(question="How is the weather?")
with contextlib.suppress(Exception), dspy.context(lm=dspy.LM("openai/fail-400", cache=False, num_retries=0)):
    dspy.Predict("question -> answer")(question="How is the weather?")
