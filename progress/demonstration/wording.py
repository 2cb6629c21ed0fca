"""What the reports of the demonstration say: sentences made from each measure's own words."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from string import Formatter
from typing import Any

from django.conf import settings

from progress.demonstration.chance import chance
from tasks.models import Status

TEXTS_FILE = settings.BASE_DIR / "fixtures" / "demonstration_texts.json"
ZONES = ("滨海新区", "天津自贸试验区", "东疆综保区", "天津经开区", "滨海高新区", "中新天津生态城")
BARE_CLAUSE, SHORTEST_CLAUSE, LONGEST_CLAUSE = 6, 8, 34
MARK = re.compile(r"^[一二三四五六七八九十]+是")
# A clause that begins like this says how, when or for whom, and makes no sense by itself.
LEANS_ON_ANOTHER = re.compile(
    "依|根据|按|结合|通过|围绕|在|以|为|对|并|且|如|待|同时|发挥|立足|参照|会同|该|其|确保|具有|经|把|将|从|向|由|针对|"
    "面向|聚焦|借助|凭|本|我市|力争|促进|使|让|与|形成|可|但|优先|符合|特别|包括|采取|利用|坚持|当地|不断|"
    "服务推动|未申请|帮助|“一对一”|已|即|来不及|申请人|系统|统计、|证监|商务|相关部门|用好|充分发挥|担任"
)
# Such a clause says what the one before it is good for: taken only where there is nothing else.
IS_EFFECT = re.compile(
    "提升|助力|增强|扩大|改善|实现|满足|打通|引领|最大|便于|方便|切实|全面|全方位|营造|加速|防范|消除|筑牢|增进|持续提升|"
    "降低|进一步提升|进一步释放|缓解|吸引更多|推动形成|保障|助推|维护|推动行业|推动电信|落实好|督促落实"
)
CLAUSES_SPOKEN_OF = 3
# Few, some and many, as the sentences ask for them.
NUMBERS = {"s": (2, 6), "a": (7, 18), "m": (20, 80)}
BRACKETED = re.compile(r"（[^（）]*）|\([^()]*\)")
PAIRS = ("“”", "《》", "（）", "()", "〔〕")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of action: the words that give it away, how it ends, and its sentences."""

    name: str
    words: Sequence[str]
    end: Status
    start: Sequence[str]
    going: Sequence[str]
    done: Sequence[str]


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of the texts file, kinds in the order in which ties are decided."""

    kinds: Sequence[Kind]
    problems: dict[str, list[str]]
    next_steps: list[str]
    coordination: list[str]
    results: dict[str, list[str]]
    answers: list[str]
    settled: list[str]
    returns: list[str]
    agency_returns: list[str]
    corrections: list[str]
    reopening: str


@cache
def texts() -> Texts:
    """The texts file, read once."""
    read: dict[str, Any] = json.loads(TEXTS_FILE.read_text(encoding="utf-8"))
    kinds = [Kind(**{**kind, "end": Status(kind["end"])}) for kind in read.pop("kinds")]
    return Texts(kinds=kinds, **read)


def kind_of(text: str) -> Kind:
    """The kind whose word stands first in the measure's text; the last kind where none does."""
    places = [
        (min(text.index(word) for word in kind.words if word in text), order)
        for order, kind in enumerate(texts().kinds)
        if any(word in text for word in kind.words)
    ]
    return texts().kinds[min(places)[1] if places else -1]


def clauses_of(text: str, title: str) -> list[str]:
    """The clauses of a measure, at most three, that can stand by themselves between “ and ”.

    Where the measure has none the title's are taken, and whatever that begins with at worst.
    """
    for source, shortest in (
        (text, SHORTEST_CLAUSE),
        (text, BARE_CLAUSE),
        (title, SHORTEST_CLAUSE),
    ):
        clauses = _split(source, shortest)
        standing = [clause for clause in clauses if not LEANS_ON_ANOTHER.match(clause)]
        aims = [clause for clause in standing if not IS_EFFECT.match(clause)]
        if found := aims or standing:
            return [_quoted(clause) for clause in found[:CLAUSES_SPOKEN_OF]]
    return [_quoted((_split(title, BARE_CLAUSE) or [title[:LONGEST_CLAUSE]])[0])]


def _split(source: str, shortest: int) -> list[str]:
    plain = BRACKETED.sub("", MARK.sub("", source))
    return [
        clause
        for clause in re.split("[，。；,;：]", plain)
        if shortest <= len(clause) <= LONGEST_CLAUSE
        and all(clause.count(pair[0]) == clause.count(pair[1]) for pair in PAIRS)
    ]


def _quoted(clause: str) -> str:
    return clause.strip().replace("“", "‘").replace("”", "’")


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sentence is about: all that its fields may ask for; `stage` counts months begun."""

    clause: str
    ministry: str
    partners: Sequence[str]
    day: str
    next_month: str
    stage: int
    rate: int


class _Fields(dict[str, object]):
    """Fills a sentence's fields; each number is drawn anew where it stands."""

    def __init__(self, about: Setting, rng: Random) -> None:
        super().__init__(
            clause=about.clause,
            ministry=about.ministry,
            day=about.day,
            next_month=about.next_month,
            draft=about.stage + 1,
            # Totals: they only ever grow from month to month.
            n=about.rate * (about.stage + 1),
            big=about.rate * (about.stage + 1) * 47,
        )
        if about.partners:
            self["partner"] = rng.choice(about.partners)
        self._rng = rng

    def __missing__(self, name: str) -> object:
        if name == "zone":
            return self._rng.choice(ZONES)
        return self._rng.randint(*NUMBERS[name])


def sentence(choices: Sequence[str], about: Setting, rng: Random, *, place: int = -1) -> str:
    """One of the sentences with its fields filled; the one at `place`, counted round, if given.

    Sentences that name a partner are left out where the lead agency has none.
    """
    usable = [one for one in choices if about.partners or "partner" not in _fields_of(one)]
    chosen = usable[place % len(usable)] if place >= 0 else rng.choice(usable)
    return chosen.format_map(_Fields(about, rng))


def measure_sentence(
    text: str, title: str, status: Status, about: Setting, *, key: object
) -> tuple[str, str]:
    """The clause a measure's text speaks of this month, and the text; ("", "") before it begins."""
    if status == Status.NOT_STARTED:
        return "", ""
    kind, clauses = kind_of(text), clauses_of(text, title)
    order = chance("order", key).sample(range(len(kind.going)), len(kind.going))
    clause = clauses[about.stage % len(clauses)]
    about = replace(about, clause=clause)
    rng = chance("text", key, about.stage)
    if status in (Status.COMPLETED, Status.ONGOING):
        return clause, sentence(kind.done, about, rng, place=about.stage)
    if about.stage == 0:
        return clause, sentence(kind.start, about, rng)
    going = [kind.going[place] for place in order]
    return clause, sentence(going, about, rng, place=about.stage)


@cache
def _fields_of(text: str) -> frozenset[str]:
    return frozenset(name for _before, name, _spec, _how in Formatter().parse(text) if name)
