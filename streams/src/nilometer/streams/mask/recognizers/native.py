"""Persons in scripts that know no capitals, or other ones than Latin: Chinese, Japanese, Korean, Cyrillic, Greek, Arabic …"""

import regex
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from nilometer.streams.mask.recognizers.form import ABOVE_MODEL, Span, compiled, matches, result
from nilometer.streams.mask.recognizers.lexicon import Is, flags_of

_ANY = r"[^\p{Latin}\p{Common}\p{Inherited}]"
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}ー]"
_HONORIFIC = r"(?:先生|女士|小姐|老师|医生|经理|さん|さま|様|氏|君|ちゃん)"
_FORMS = {
    "chinese or japanese": rf"(?<!{_CJK})(?P<value>{_CJK}{{2,6}}?|\p{{Han}}{{1,3}}[ 　]{_CJK}{{1,3}})(?={_HONORIFIC}|(?!{_CJK}))",
    "before an honorific": rf"(?P<value>\p{{Han}}{{2,4}}?)(?={_HONORIFIC})",
    "korean": r"(?<!\p{Hangul})(?P<value>\p{Hangul}{2,4}?)(?=(?:씨|님|은|는|이|가|을|를|에게|의|와|과|께서)?(?!\p{Hangul}))",
    "cyrillic or greek": r"(?<![\p{Cyrillic}\p{Greek}])(?P<value>(?:\p{Cyrillic}|\p{Greek})[\p{Cyrillic}\p{Greek}\p{M}'’-]+(?:[ ](?:[\p{Cyrillic}\p{Greek}](?:\.|[\p{Cyrillic}\p{Greek}\p{M}'’-]+))){0,3})",
    "other": r"(?<![\p{L}\p{M}])(?P<value>(?:[\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Kannada}\p{Malayalam}\p{Thai}\p{Armenian}\p{Georgian}\u200c\u200d]+)(?:[ ][\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Kannada}\p{Malayalam}\p{Thai}\p{Armenian}\p{Georgian}\u200c\u200d]+){0,5})(?![\p{L}\p{M}])",
}
_FAMILIES = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염추도석선설마길연위표명기반왕금옥육인맹제모탁국여어은편복피"
)
_ENDING = compiled(
    r"(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ын|ына|ский|ская|цкий|цкая|енко|чук|юк|ук|ович|евич|овна|евна|ична|ич|ян|швили|дзе|ко|ак|як"
    r"|όπουλος|οπούλου|ίδης|ίδου|άκης|άκη|ιάδης|έλης|ίου|άτος|ινός|ινού|ής|ού|ος|ης|ας|ία|ίνα)$"
)
_SURE = r"(?i:(?:Mr|Mrs|Ms|Dr|dear|hi|hello|thanks|regards|by|from|with|for|told|ask|asked|cc|to|add|and|passenger|customer|patient|client|name is|i am|i'm|this is|contact|user|according to|logged in|name|signed)[.,:=]{0,2}[ ]{0,1}[\"']?\n?$)"
_BEFORE = compiled(_SURE)
_AFTER = compiled(
    r"(?:['’]s\b|:|,?[ ](?:has|have|had|is|was|will|would|can|asked|wants|called|said|wrote|needs|paid|signed|logged)\b)"
)


class NativeNameRecognizer(PatternRecognizer):
    """Short runs of another script in which a known name stands, or that stand where a name does."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PERSON",
            name="NativeNameRecognizer",
            patterns=[Pattern("beyond ASCII", "[\u0080-\U0010ffff]", ABOVE_MODEL)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        if text.isascii() or compiled(_ANY).search(text) is None:
            return []
        found: list[RecognizerResult] = []
        for name, form in _FORMS.items():
            for match in matches(compiled(form), text):
                span = match.span("value")
                if _is_name(name, match["value"], _placed(text, span)):
                    found.append(result(self, "PERSON", span, ABOVE_MODEL))
        return found


def _placed(text: str, span: Span) -> bool:
    """Whether it stands in a Latin text where a name does."""
    before, after = text[max(0, span[0] - 24) : span[0]], text[span[1] : span[1] + 12]
    return _BEFORE.search(before) is not None or _AFTER.match(after) is not None


def _is_name(form: str, text: str, placed: bool) -> bool:
    if form.startswith(("chinese", "before")):
        return _eastern(text, placed)
    if form == "korean":
        return text[0] in _FAMILIES and (len(text) == 3 or (len(text) == 2 and placed))
    words = text.split(" ")
    known = [word for word in words if flags_of(word) & (Is.GIVEN | Is.FAMILY)]
    if form == "other":
        return len(words) <= 6 and (bool(known) or placed) and len(text) <= 60
    if not all(word[0].isupper() for word in words):
        return False
    ending = [word for word in words if _ENDING.search(word.lower())]
    return bool(known) or (len(words) > 1 and bool(ending)) or placed


def _eastern(text: str, placed: bool) -> bool:
    """A family name of one to three signs, and one to three more."""
    bare = text.replace(" ", "").replace("　", "")
    if flags_of(bare) & Is.PLACE and not placed:
        return False
    for size in (3, 2, 1):
        head, tail = bare[:size], bare[size:]
        if 1 <= len(tail) <= 3 and flags_of(head) & Is.FAMILY | _chinese(head):
            return True
    return placed and 2 <= len(bare) <= 5


def _chinese(head: str) -> Is:
    return Is.FAMILY if head in _CHINESE else Is.NOTHING


_CHINESE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向常康汤"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鍾譚陸賈鄒閻龍賀顧龔萬錢嚴歐湯"
)


def recognizers() -> list[EntityRecognizer]:
    return [NativeNameRecognizer()]
