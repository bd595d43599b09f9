"""Persons in scripts that know no capitals, or other ones than Latin: Chinese, Japanese, Korean, Cyrillic, Greek, Arabic …"""

from collections.abc import Sequence

import regex
from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult

from nilometer.streams.mask.recognizers.form import ABOVE_MODEL, Selective, Span, compiled, matches, result
from nilometer.streams.mask.recognizers.lexicon import Is, flags_of

_ANY = r"[^\p{Latin}\p{Common}\p{Inherited}]"
_CJK = r"[\p{Han}\p{Hiragana}\p{Katakana}ー]"
_HONORIFIC = r"(?:先生|女士|小姐|老师|医生|经理|さん|さま|様|氏|君|ちゃん)"
_FORMS = {
    "chinese or japanese": rf"(?<!{_CJK})(?P<value>\p{{Han}}{{1,3}}[ 　]{_CJK}{{1,3}}|{_CJK}{{2,6}}?)(?={_HONORIFIC}|(?!{_CJK}))",
    "before an honorific": rf"(?P<value>(?:\p{{Han}}{{1,3}}[ 　])?\p{{Han}}{{2,4}}?)(?={_HONORIFIC})",
    "chinese, after a word": r"(?:我叫|我是|名叫|叫做|客户|顾客|用户|乘客|患者|病人|联系人|收件人|寄件人|员工|经理|同事|朋友|姓名是?|名字是)[:：]?[ ]?(?P<value>\p{Han}{2,3}?)(?=[已的在想说要于将是和与因请]|希望|申请|反馈|投诉|来电|表示|先生|女士|(?!\p{Han}))",
    "korean": r"(?<!\p{Hangul})(?P<value>\p{Hangul}{3}(?=[ ]?(?:고객님|씨|님|선생님|대리|과장|부장|팀장))|\p{Hangul}{2,4}?)(?=(?:씨|님|은|는|이|가|을|를|에게|의|와|과|께서|한테|도|만|입니다|이에요|예요|이고|이라고|라고|이며)?(?!\p{Hangul}))",
    "korean, apart": r"(?<!\p{Hangul}[ ]?)(?P<value>\p{Hangul}{2}[ ]\p{Hangul}|\p{Hangul}[ ]\p{Hangul}{2})(?![ ]?\p{Hangul})",
    "cyrillic or greek": r"(?<![\p{Cyrillic}\p{Greek}])(?P<value>(?:\p{Cyrillic}|\p{Greek})[\p{Cyrillic}\p{Greek}\p{M}'’-]+(?:[ ](?:[\p{Cyrillic}\p{Greek}](?:\.|[\p{Cyrillic}\p{Greek}\p{M}'’-]+))){0,3})",
    "other": r"(?<![\p{L}\p{M}])(?P<value>(?:[\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Kannada}\p{Malayalam}\p{Thai}\p{Armenian}\p{Georgian}\u200c\u200d]+)(?:[ ][\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Kannada}\p{Malayalam}\p{Thai}\p{Armenian}\p{Georgian}\u200c\u200d]+){0,5})(?![\p{L}\p{M}])",
}
_FAMILIES = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염추도석선설마길연위표명기반왕금옥육인맹제모탁국여어은편복피"
)
_INTRODUCTIONS = frozenset(("اسمي", "اسم", "الاسم", "أنا", "नाम", "मेरा", "मैं", "שמי", "אני", "ชื่อ"))
_KOREAN = frozenset(
    regex.findall(
        r"\w+",
        "고객 고객님 선생님 사장님 주문 정보 이름 안내 문의 오전 오후 한국 이메일 주소 배송 신청 연락 이용"
        " 우리 오늘 여러분 이번 이후 이상 조회 변경 권한 신규 문제 안전 방법 표시 공지 추가 주의 전화 전체"
        " 전자 전송 정상 정책 최근 최대 최소 기본 기간 기타 기술 김치 서비스 서류 성공 성명 이유 이전 이미"
        " 이제 이것 현재 현금 한도 제목 제품 제공 지금 지역 지원 진행 차량 추천 구매 구독 구글 임시 입력"
        " 장애 장소 강의 강화 나라 남자 노트북 도움 도착 반품 반드시 방문 배달 변호사 사용자 신분증 안녕 양식"
        " 여권 여자 예약 오류 요청 유효 인증 조건 조치 주민 주차 천원 하지만 허가 홈페이지 황금",
    )
)
"""Words that begin as family names do."""
_ENDING = compiled(
    r"(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ын|ына|ский|ская|цкий|цкая|енко|чук|юк|ук|ович|евич|овна|евна|ична|ич|ян|швили|дзе|ко|ак|як"
    r"|όπουλος|οπούλου|ίδης|ίδου|άκης|άκη|ιάδης|έλης|ίου|άτος|ινός|ινού|ής|ού|ος|ης|ας|ία|ίνα)$"
)
_SURE = r"(?i:(?:Mr|Mrs|Ms|Dr|dear|hi|hello|thanks|regards|by|from|with|for|told|ask|asked|cc|to|add|and|passenger|customer|patient|client|name is|i am|i'm|this is|contact|user|according to|logged in|name|signed)[.,:=]{0,2}[ ]{0,1}[\"']?\n?$)"
_BEFORE = compiled(_SURE)
_LATIN = compiled(r"\p{Latin}")
_QUOTES = compiled("[\"'“”‘’«»()]")
_AFTER = compiled(
    r"(?:['’]s\b|:|,?[ ](?:has|have|had|is|was|will|would|can|asked|wants|called|said|wrote|needs|paid|signed|logged)\b)"
)


class NativeNameRecognizer(Selective):
    """Short runs of another script in which a known name stands, or that stand where a name does."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="PERSON",
            name="NativeNameRecognizer",
            patterns=[Pattern("beyond ASCII", "[\u0080-\U0010ffff]", ABOVE_MODEL)],
            context=[],
            global_regex_flags=regex.MULTILINE,
        )

    def analyze_by(self, patterns: Sequence[Pattern], text: str, entities: Sequence[str]) -> list[RecognizerResult]:
        if text.isascii() or compiled(_ANY).search(text) is None:
            return []
        found: list[RecognizerResult] = []
        for name, form in _FORMS.items():
            for match in matches(compiled(form), text):
                span = match.span("value")
                if _is_name(name, match["value"], _placed(text, span) or (name == "other" and _amid(text, span))):
                    found.append(result(self, "PERSON", span, ABOVE_MODEL))
        return found


def _placed(text: str, span: Span) -> bool:
    """Whether it stands in a Latin text where a name does."""
    before, after = text[max(0, span[0] - 24) : span[0]], text[span[1] : span[1] + 12]
    return _BEFORE.search(before) is not None or _AFTER.match(after) is not None


def _amid(text: str, span: Span) -> bool:
    """Two words or three in a sentence of Latin letters, and no quotation."""
    words = text[slice(*span)].split(" ")
    before, after = text[max(0, span[0] - 4) : span[0]], text[span[1] : span[1] + 4]
    return (
        1 < len(words) < 4 and all(map(_LATIN.search, (before, after))) and not _QUOTES.search(before[-1:] + after[:1])
    )


def _is_name(form: str, text: str, placed: bool) -> bool:
    if form.startswith(("chinese", "before")):
        return _eastern(text, placed)
    if form == "korean":
        return text[0] in _FAMILIES and text not in _KOREAN and (len(text) == 3 or (len(text) == 2 and placed))
    if form == "korean, apart":
        return text.split()[0 if text[1] == " " else 1] in _FAMILIES
    if form == "chinese, after a word":
        return text[0] in _CHINESE
    words = text.split(" ")
    known = [word for word in words if flags_of(word) & (Is.GIVEN | Is.FAMILY)]
    if form == "other" and (words[0] in _INTRODUCTIONS or text.startswith(("เลข", "บัตร"))):
        return False
    if form == "other":
        return len(words) <= 6 and (bool(known) or placed) and len(text) <= 60
    if not all(word[0].isupper() for word in words):
        return False
    ending = [word for word in words if _ENDING.search(word.lower())]
    return bool(known) or (len(words) > 1 and bool(ending)) or placed


def _eastern(text: str, placed: bool) -> bool:
    """A family name of one to three signs, and one to three more."""
    bare = text.replace(" ", "").replace("　", "")
    if bare in _CHINESE_WORDS:
        return False
    if flags_of(bare) & Is.PLACE and not placed:
        return False
    for size in (3, 2, 1):
        head, tail = bare[:size], bare[size:]
        if 1 <= len(tail) <= 3 and flags_of(head) & Is.FAMILY | _chinese(head):
            return True
    # Given name first, as Western forms ask for it.
    return (placed and 2 <= len(bare) <= 5) or (" " in text and text.split()[-1] in _CHINESE)


def _chinese(head: str) -> Is:
    return Is.FAMILY if head in _CHINESE else Is.NOTHING


_CHINESE_WORDS = frozenset(
    regex.findall(
        r"\w+",
        "身份证 身份证号 身份证号码 手机号 手机号码 电话 电话号码 地址 邮箱 姓名 客户 用户 订单 订单号 密码"
        " 账号 账户 银行卡 护照 护照号 公司 中国 北京 上海 日本 東京 東京都 大阪 名前 住所 氏名 電話番号 注文"
        " 注文番号 予約 予約番号 会社 金額 金额 时间 日期 高级 高性能 方法 方案 方面 安全 成功 成本 任务 任意"
        " 江苏 江西 陈述 简介 谢谢 温度 包含 包括 时候 查询 水平 明天 今天 文件 文本 文档 白色 黄色 黑色"
        " 金色 高度 高速 关于 关闭 关键 单位 单元 平台 平均 计算 计划 常用 常见 万元 严重 向量 连接 连续"
        " 应用 全部 全球 项目 项目名 支付 支持",
    )
)
_CHINESE = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严欧莫孔向常康汤赖阎樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢路岳齐梅庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鍾譚陸賈鄒閻龍賀顧龔萬錢嚴歐湯"
)


def recognizers() -> list[EntityRecognizer]:
    return [NativeNameRecognizer()]
