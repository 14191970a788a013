"""Lines that a page puts around and between an article's own words.

Each rule names one kind of furniture as publishers word it. A rule speaks of a whole line or block and never of a part,
so that a sentence which merely mentions a newsletter stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.loading.assembly import Piece

PROSE = 10  # words of a sentence
LONG = 25  # words that no headline has
LONGEST = 60  # words; furniture is short, and what is longer may be the article's own


def _rule(*phrases: str) -> re.Pattern[str]:
    """One pattern out of several phrases; a space in a phrase stands for any white space."""
    return re.compile("|".join(phrase.replace(" ", r"\s+") for phrase in phrases), re.IGNORECASE)


# A label over a list of other articles: what follows it is furniture too, as long as it does not read as prose.
SECTION = _rule(
    r"(?:read|see|explore|discover) more(?: (?:articles?|stories|news))?(?: (?:on|from|about|in)\b.{0,60}|)[:…]*",
    r"more (?:articles?|stories|news|coverage|on|from|about|in|like this)\b.{0,60}(?<![.!?])",
    r"(?:most|popular) (?:read|popular|viewed|shared|commented|recent|now|right now|stories|posts|articles)"
    r"(?: (?:now|today|this week|stories|posts|articles|news|(?:in|on) .{0,30}))?[:…]*",
    r"trending(?: (?:now|today|stories|news|topics|(?:on|in) .{0,30}))?[:…]*",
    r"(?:top|latest|other|partner|featured|recent) (?:stories|news|posts|articles|headlines)[:…]*",
    r"you (?:may|might) (?:also (?:like|enjoy)|like|be interested in)[:.…]*",
    r"(?:we )?recommended(?: (?:for you|stories|articles|reading|links))?[:…]*",
    r"related(?: (?:articles?|stories|story|posts?|news|content|topics?|links?|coverage|videos?|reading|items))?[:…]*",
    r"don['’]t miss(?: (?:it|this|out))?[:!…]*",
    r"up next[:…]*|(?:what to )?read next[:…]*",
    r"editor['’]?s['’]? picks?[:…]*",
    r"promoted (?:links|stories|content)|sponsored(?: (?:content|links|stories))?",
    r"(?:from )?around the web",
    r"(?:download|get) (?:our|the) .{0,30}\bapps?[:!]*",
)

# A pointer to something else, with what it points to on the same line.
POINTER = _rule(
    r"(?:read|see|watch|find out|learn|hear) more\s*[:>»–—-]",
    r"(?:read|also read|read also|see also|see more|read next|up next|also on|related(?: \w+)?|more)\s*:",
    r"(?:watch|listen|download|play|video|photos?|gallery|podcast|itunes|spotify|subscribe)\s*:\s+(?:\S+://|www\.)",
    r"recommended (?:reading|stories|for you)\s*:",
    r"(?:click|tap) here (?:to|for)\b",
    r"(?:continue|keep) reading\b.{0,40}$",
    r"visit .{2,60}\b(?:home\s*page|website|site) for more\b",
    r"for more (?:stories|news|articles|coverage)\b.{0,60}\b(?:visit|click|follow|go to|head to|check out)\b",
)

# The publisher speaks to the reader as a subscriber, follower or commenter.
APPEAL = _rule(
    r"(?:please )?(?:sign up|subscribe|join us)\b.{0,160}"
    r"\b(?:newsletters?|inbox|emails?|alerts|briefing|channel|podcasts?)\b.{0,80}",
    r"(?:please )?(?:log in|sign in|register|subscribe)(?: or (?:log in|sign in|register|subscribe))? to "
    r"(?:read|comment|continue|view|unlock|reply)\b.{0,60}",
    r"get .{0,160}\b(?:newsletters?|(?:in|to) your inbox|through your letterbox)\b.{0,120}",
    r"(?:(?:you can )?(?:also )?(?:follow|like|find|join)|connect with) "
    r"(?:us|me|him|her|them|@?[\w.'’ -]{2,60}) (?:on|at|via) .{0,40}"
    r"(?:twitter|facebook|instagram|youtube|linkedin|tiktok|whatsapp|telegram|mastodon|bluesky|threads)\b.{0,60}",
    r"(?:have|got) a (?:news )?(?:tip|story|question)\b.{0,200}",
    r"(?:write|email|e-mail) (?:to )?[\w.'’ -]{2,60} (?:at|on|via) \S+@\S+",
    r"(?:[\w.'’-]+ ){1,4}(?:may|can) be (?:reached|contacted) (?:at|on|via) \S+@\S+.{0,80}",
    r"if you (?:enjoyed|liked) this (?:article|story|post)\b.{0,300}",
    r"(?:tell us|let us know) what you think\b.{0,60}",
    r"what do you think\?.{0,60}\bcomments?\b.{0,20}",
    r"we(?:['’]d| would) (?:like|love) to hear (?:from you|what you think)\b.{0,200}",
    r"support (?:our|independent|quality) journalism\b.{0,120}",
    r"this (?:copy is for your personal|article has been sent to)\b.{0,400}",
    r"an error has occurred, please try again.{0,20}",
)

# A line that is only a control, an empty slot or a notice.
CONTROL = _rule(
    r"advertisements?|advert|ad|sponsored|promoted",
    r"(?:story|article) continues(?: (?:below|after).{0,30})?",
    r"scroll down.{0,30}|skip (?:to|ad|advertisement).{0,40}|back to top",
    r"(?:share|tweet)(?: (?:this|on|via|article|story|page|link).{0,40})?",
    r"(?:print|email|save|bookmark|copy)(?: (?:this|article|story|page|link).{0,40})?",
    r"(?:(?:\d+|no|add|leave|post|view|show|hide|read|load) )?(?:a )?(?:more )?comments?(?:\s*\(\d+\))?",
    r"tags|tags\s*:.{0,200}|filed under\s*:?.{0,120}|topics\s*:|categories\s*:",
    r"order reprints|text size|menu|search|close|next|previous|prev|home|loading(?:\.{3}|…)?",
    r"(?:read|view|show|see|load|learn) (?:more|all|less|full (?:story|article))",
    r"\d+ (?:comments?|shares?|likes?|views?)",
    r"(?:copyright )?(?:©|\(c\)) .{0,300}|copyright (?:by\b|\d{4}).{0,300}|.{0,120}\ball rights reserved\b.{0,300}",
)

AGENCY = r"(?:ap|afp|reuters|thomson reuters|getty(?: images)?|epa|pa(?: media| images)?|associated press|shutterstock)"
CREDIT = _rule(
    rf"{AGENCY}(?: (?:photo|images?|file|pool))?(?:\s*/\s*\S.{{0,60}})?",
    rf"\S.{{0,60}}/\s*(?:{AGENCY}|unsplash|pexels|flickr|file photo)(?:/.{{0,40}}| via .{{0,40}})?",
    r"(?:photo|image|picture|photograph|illustration|graphic)s?(?: (?:credit|source|courtesy|provided))?"
    r"\s*(?::|\bby\b|\bcourtesy of\b)\s*\S.{0,80}",
    r"(?:file|stock|handout) (?:photo|image|picture)|wikimedia commons|courtesy of \S.{0,60}|©\s*\S.{0,60}",
)

SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*$")


def opens_section(line: str) -> bool:
    """Whether the line is a label over a list of other articles, such as "Most read"."""
    return SECTION.fullmatch(line.strip(" |•»>-")) is not None


def is_pointer(line: str) -> bool:
    """Whether the line points to something else by name, such as "Read more: ..."."""
    return len(line.split()) <= LONGEST and POINTER.match(line) is not None


def is_furniture(line: str) -> bool:
    """Whether the whole line is the page's and not the article's: a pointer, an appeal, a control, a notice."""
    line = line.strip(" |•»>-–\t")
    if not line:
        return True
    if len(line.split()) > LONGEST:
        return False
    whole = line.rstrip(" .!:|")
    return bool(is_pointer(line) or APPEAL.fullmatch(whole) or CONTROL.fullmatch(whole) or opens_section(line))


def is_credit(line: str) -> bool:
    """Whether the whole line only says who took a picture."""
    return CREDIT.fullmatch(line.strip().rstrip(".")) is not None


def last_prose(pieces: Sequence[Piece]) -> int:
    """Where the last sentence of some length stands; -1 where there is none."""
    prose = (
        i for i in range(len(pieces) - 1, -1, -1) if _words(pieces[i].text) >= PROSE and ends_sentence(pieces[i].text)
    )
    return next(prose, -1)


def resumes(text: str, prose_follows: bool) -> bool:
    """Whether the article goes on here after a list of others: with prose, or a short sentence that prose follows."""
    return (ends_sentence(text) and prose_follows) or _words(text) >= LONG


def _words(text: str) -> int:
    return len(text.split())


def ends_sentence(line: str) -> bool:
    """Whether the line ends as a sentence does."""
    return SENTENCE_END.search(line.rstrip()) is not None
