import sys
from tests.mask.events import make_masker
from nilometer.streams.mask.finding import Query

m = make_masker()
e = m._engine


def who(*texts):
    for t, a in e.detect([Query(t) for t in texts]).items():
        print(repr(t.text[:90]))
        if isinstance(a, tuple):
            for f in a:
                print("    ", f.kind, repr(t.text[f.start : f.end]), round(f.score, 2), f.recognizer)
        else:
            print(a)


if __name__ == "__main__":
    who(*[x.encode().decode("unicode_escape") if "\\n" in x else x for x in sys.argv[1:]])
