"""One normaliser of words, numbers, money, dates and names, for search and grounding alike.

Two texts that say the same in different spellings must meet in one form: "$1.13bn" and "1.13 billion dollars", "five
thousand" and "5,000", "Apr. 15" and "15 April". Libraries do the parsing: Snowball for stems, text2num for numbers in
words, dateparser for dates.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_STEMMING = threading.Lock()  # the stemmer holds the word that it is at work on: two at a time would be mixed up
_CJK = re.compile(r"[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # soft hyphens and the like, within a word too
_LATIN_WITH_MARK = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_DOTTED_ACRONYM = re.compile(r"\b(?:[A-Za-z]\.){2,}")

_STOPWORD_LIST = """a about above after again against all also am an and any are as at be because been before being
below between both but by can could did do does doing down during each few for from further had has have having he her
here hers herself him himself his how i if in into is it its itself just me more most my myself no nor not now of off
on once only or other our ours ourselves out over own same she should so some such than that the their theirs them
themselves then there these they this those through to too under until up upon us very was we were what when where
which while who whom whose why will with would you your yours yourself yourselves may might must shall many much s t
don didn doesn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn d ll re ve"""
_QUESTION_WORD_LIST = "tell know please describe explain list name give show long often kind type"
STOPWORDS = frozenset(_STOPWORD_LIST.split())
_QUESTION_WORDS = frozenset(_QUESTION_WORD_LIST.split())

_NUMBER_WORD = (
    "(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
)
_SCALE_WORD = "(?:hundred|thousand|million|billion|trillion)"
_NUMBER_IN_WORDS = re.compile(
    rf"\b(?:(?:a|one)[ -]{_SCALE_WORD}|{_NUMBER_WORD})(?:[ -](?:and )?(?:one|{_NUMBER_WORD}|{_SCALE_WORD}))*\b",
    re.IGNORECASE,
)
_DOZENS = re.compile(r"\b(?:a|one|(\d{1,3}))[ -]dozen\b", re.IGNORECASE)
_FRACTIONS = {"third": (1, 3), "thirds": (2, 3), "quarters": (3, 4)}
_FRACTION = re.compile(
    r"\b(?:(?:a|one)[ -](third)(?= of\b)|two[ -](thirds)\b|three[ -](quarters)(?= of\b))", re.IGNORECASE
)
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9}
_SCALES |= {"hundred": 1e2, "tn": 1e12, "trillion": 1e12}
_SCALE_SPELLINGS = {"bn": "billion", "mn": "million", "tn": "trillion"}
_UNITS = {"$": "dollar", "us$": "dollar", "dollar": "dollar", "dollars": "dollar", "usd": "dollar", "€": "euro"}
_UNITS |= {"euro": "euro", "euros": "euro", "eur": "euro", "£": "pound", "gbp": "pound", "¥": "yen", "yen": "yen"}
_UNITS |= {"%": "percent", "percent": "percent", "per cent": "percent", "percentage points": "percent"}
_QUANTITY = re.compile(
    r"(?P<currency>us\$|[$€£¥])?\s?(?<![\d.])(?P<number>\d+(?:[.,]\d+)*)"
    r"(?:[ -]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|tn|k|m|b)\b)?"
    r"(?:[ -]?(?P<unit>%|per ?cent\b|percentage points\b|(?:us |u\.s\. )?dollars?\b|(?:usd|euros?|eur|gbp|yen)\b))?",
    re.IGNORECASE,
)

_MONTH = (
    r"(?:(?i:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)|March|Mar|May|MARCH|MAY)\b\.?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LEAP_YEAR = 2000
_YEAR = r"(?:1[0-9]|20)\d\d\b"
_BARE_YEAR = re.compile(r"(?<![$€£¥\d.,])(?:1[5-9]|20)\d\d(?:s\b|(?![\d.,]*\d|\w))")
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b"
_DATE = re.compile(
    rf"\b(?:(?P<iso>{_YEAR}-[01]\d-[0-3]\d\b)"
    r"|(?P<cjk>\d{4}年\d{1,2}月(?:\d{1,2}日)?)"
    rf"|(?P<month_day>{_MONTH}\s{_DAY})(?P<year_after>,?\s{_YEAR})?"
    rf"|(?P<day_month>{_DAY}\s(?:of\s)?{_MONTH})(?P<year_last>,?\s{_YEAR})?"
    rf"|(?P<month_year>{_MONTH}(?:\sof)?,?\s{_YEAR})"
    rf"|(?P<foreign>{_DAY}\.?\s(?:de\s)?[^\W\d_]{{3,12}}\.?\s(?:de\s)?{_YEAR}))"
)

_SENTENCE_START = re.compile(r"(?:^|[.!?:…]['\"”’)\]]*\s+|\n\s*|[“\"‘•*-]\s*)$")
_CALENDAR = re.compile(rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|{_MONTH})['’s]*")
_NAME_LINK_LIST = "of de del la le du der van von bin al el and for the"
_NAME_LINKS = frozenset(_NAME_LINK_LIST.split())


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: "dollar", "euro", "pound", "yen", "percent", or empty for a bare number."""

    value: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A date as far as a text gives it; a part that the text leaves out is None."""

    year: int | None
    month: int | None
    day: int | None


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    with _STEMMING:
        return str(_stemmer().stemWord(word))


def fold(text: str) -> str:
    """Lower case, compatibility forms unified, Latin letters without accents; Korean and Japanese stay whole."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
    return _LATIN_WITH_MARK.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], lowered)


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def searchable(text: str) -> str:
    """The text for a word index: Chinese, Japanese and Korean runs become bigrams set apart by spaces."""
    if text.isascii() or not _CJK.search(text):
        return text
    return _CJK.sub(lambda run: " " + " ".join(_bigrams(run[0])) + " ", text)


def in_digits(text: str) -> str:
    """Numbers in words ("twenty-five thousand") as digits; "one" alone is mostly no number and stays."""

    def digits(match: re.Match[str]) -> str:
        return _spelled(match[0].lower())

    return _DOZENS.sub(lambda dozens: str(12 * int(dozens[1] or 1)), _NUMBER_IN_WORDS.sub(digits, text))


@lru_cache(maxsize=4096)
def _spelled(words: str) -> str:
    from text_to_num import alpha2digit

    return str(alpha2digit(re.sub(r"^a ", "one ", words), "en", threshold=0))


def _words(text: str) -> Iterator[str]:
    plain = _DOTTED_ACRONYM.sub(lambda letters: letters[0].replace(".", "") + " ", text)
    for match in _WORD.finditer(searchable(fold(in_digits(plain)))):
        word = match[0].replace(",", "") if match[0][0].isdigit() else re.sub(r"['’]s$", "", match[0])
        yield _SCALE_SPELLINGS.get(word, word)


def terms(text: str) -> list[str]:
    """The words of a text as search and grounding compare them: folded and stemmed, CJK runs as bigrams."""
    return [_stem(word) for word in _words(text)]


def content_terms(text: str) -> list[str]:
    """``terms`` without the words that carry no content, question words included; each once, in order."""
    kept = (_stem(word) for word in _words(text) if word not in STOPWORDS and word not in _QUESTION_WORDS)
    return list(dict.fromkeys(kept))


def _in_percent(fraction: re.Match[str]) -> str:
    part, whole = _FRACTIONS[fraction[fraction.lastindex or 1].lower()]
    return f"{100 * part / whole:.2f} percent"


def quantities(text: str) -> frozenset[Quantity]:
    """Numbers, money and percentages of a text, the parts of full dates left out."""
    found = set()
    for match in _QUANTITY.finditer(in_digits(_FRACTION.sub(_in_percent, _DATE.sub(" ", text)))):
        number = match["number"].replace(",", "")
        if number.count(".") > 1 or len(number) > 18:
            continue
        unit = re.sub(r"^(?:us|u\.s\.) ", "", (match["currency"] or match["unit"] or "").lower()).replace(
            "per cent", "percent"
        )
        scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
        found.add(Quantity(round(float(number) * scale, 6), _UNITS.get(unit, unit)))
    return frozenset(found)


def without_dates(text: str) -> str:
    """The text with its dates and bare years blanked out."""
    return _BARE_YEAR.sub(" ", _DATE.sub(" ", text))


def dates(text: str) -> frozenset[Day]:
    """Dates that a text gives, each with the parts it gives; a bare year is a number, see ``quantities``."""
    return frozenset(day for _, _, day in dated(text))


def dated(text: str) -> Iterator[tuple[int, int, Day]]:
    """The same with where each begins and ends in the text, in order."""
    for match in _DATE.finditer(text):
        if day := _parsed(match[0], bool(match["foreign"])):
            has_year = not (match["month_day"] or match["day_month"]) or match["year_after"] or match["year_last"]
            has_day = not match["month_year"] and not (match["cjk"] and "日" not in match["cjk"])
            yield *match.span(), Day(day[0] if has_year else None, day[1], day[2] if has_day else None)


@lru_cache(maxsize=4096)
def _parsed(fragment: str, foreign: bool) -> tuple[int, int, int] | None:
    """Year, month and day by dateparser; parts that the fragment lacks are made up and must be ignored."""
    if cjk := re.match(r"(\d+)年(\d+)月(?:(\d+)日)?", fragment):
        year, month, day = (int(part or 1) for part in cjk.groups())
        return year, month, day
    if not foreign and (named := re.search(r"[A-Za-z]{3}", fragment)):  # ten times as fast as the library
        numbers = {len(digits) == 4: int(digits) for digits in re.findall(r"\d+", fragment)}
        year, month, day = numbers.get(True, _LEAP_YEAR), _MONTHS.index(named[0].lower()) + 1, numbers.get(False, 1)
        return (year, month, day) if 1 <= day <= monthrange(year, month)[1] else None
    import dateparser

    # 29 February without a year must parse in any year, so the parser counts from a leap year
    languages = None if foreign else ["en"]
    found = dateparser.parse(fragment.replace(" of ", " "), languages=languages, settings=_leap_year())
    return (found.year, found.month, found.day) if found else None


@lru_cache(maxsize=1)
def _leap_year() -> Any:
    from datetime import datetime

    return {"RELATIVE_BASE": datetime(_LEAP_YEAR, 12, 31), "PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first"}


def names(text: str) -> list[str]:
    """Names as written: capitalised runs and acronyms; one capitalised word that opens a sentence may be any word."""
    found: list[str] = []
    run: list[re.Match[str]] = []

    def close() -> None:
        words = [word[0] for word in run]
        while words and fold(words[-1]) in _NAME_LINKS:
            words.pop()
        if run and _SENTENCE_START.search(text, max(0, run[0].start() - 8), run[0].start()):
            is_name = len(words) > 1 or _is_acronym("".join(words))
            if words and fold(words[0]) in STOPWORDS | _QUESTION_WORDS:
                words = words[1:]
            elif not is_name:
                words = []
        while words and (_CALENDAR.fullmatch(words[0]) or words[0] in _NAME_LINKS):
            words = words[1:]
        if words:
            found.append(re.sub(r"['’]s$", "", " ".join(words)))
        run.clear()

    for word in re.finditer(r"(?:[A-Z]\.){2,}|[^\W\d_][\w’'-]*", text):
        joined = bool(run) and text[run[-1].end() : word.start()] == " " and not re.search(r"['’]s$", run[-1][0])
        if not joined:
            close()
        if (word[0][0].isupper() and (len(word[0]) > 1 or joined)) or (
            joined and word[0] in _NAME_LINKS and word[0] != "and"
        ):
            run.append(word)
        else:
            close()
    close()
    return list(dict.fromkeys(found))


def _is_acronym(word: str) -> bool:
    letters = word.replace(".", "")
    return len(letters) > 1 and letters.isupper() and letters.isalpha()
