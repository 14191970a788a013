"""Verbs that news and reports use, and their forms: so many that a plain sentence can be read without a parser."""

from __future__ import annotations

from functools import cache

# Past and participle end in -ed; "+" doubles the last letter before it.
_REGULAR = """abandon accept accuse achieve acknowledge acquire act add address admit+ adopt advise affect agree aim
allow announce answer apologize appeal appear appoint approve argue arrest arrive ask assume attack attempt attend
attract average award back ban+ battle believe blame block borrow call cancel capture carry cause celebrate challenge
change charge cite claim classify clear clinch close collapse collect combine commit+ compare compile complain
complete concede conclude condemn conduct confirm consider contact contain continue contribute control+ convert
convict cover crash create credit criticize cross debut declare dedicate defeat defend delay deliver demand
demonstrate denounce deny depart describe design designate destroy detain determine develop die direct discover
discuss dismiss dominate donate double drop+ earn elect embark emerge employ encourage end endorse endure engage
enjoy enter erupt escape establish estimate evacuate expand expect experience explain express extend face fail
feature file fill finance fine finish fire focus follow force form found fund gain gather generate govern graduate
grant guide hail halt hand handle happen head help hire honor honour host identify impose improve include increase
indicate indict inform inherit initiate injure inspire install intend introduce invade invent invest investigate
invite involve issue join kidnap+ kill land last launch learn lift limit list live locate lock look lower maintain
manage mark marry measure mention merge move murder name need negotiate nominate note notify observe obtain occupy
occur offer open operate oppose order organise organize originate outline outnumber overturn own participate pass
perform pick pitch place plan+ play plead pledge post postpone pour praise predict prepare present press prevail
produce project promise promote prompt propose prosecute protect protest prove provide publish pull purchase push
qualify question raise rally ratify reach react realise realize recall receive recognise recognize recommend record
recover reduce refer+ refuse regain reject relate release relocate remain remember remind remove renew reopen repair
repeat repel+ replace reply report represent request require rescue resign resist respond result resume retain retire
return reveal reverse review rule rush sail save schedule score search secure seem seize select sentence serve settle
share shift sign signal slam+ snap+ sponsor stage star+ start state stay step+ stop+ store stress struggle study
submit+ succeed sue suffer suggest supply support surpass surprise surrender survive suspend sustain switch talk
target test testify thank threaten tie top+ total touch trade trail train transfer+ transport travel treat trigger
try turn unveil update urge use vacate vaccinate value view violate visit voice vote vow wait walk want warn watch
welcome witness work wound yield"""
_IRREGULAR = """beat|beat|beaten become|became|become begin|began|begun be|was|been break|broke|broken
bring|brought|brought build|built|built buy|bought|bought catch|caught|caught choose|chose|chosen come|came|come
cost|cost|cost cut|cut|cut draw|drew|drawn drive|drove|driven fall|fell|fallen feed|fed|fed feel|felt|felt
fight|fought|fought find|found|found flee|fled|fled fly|flew|flown get|got|got give|gave|given go|went|gone
grow|grew|grown have|had|had hear|heard|heard hit|hit|hit hold|held|held keep|kept|kept know|knew|known lead|led|led
leave|left|left lend|lent|lent lose|lost|lost make|made|made mean|meant|meant meet|met|met overcome|overcame|overcome
oversee|oversaw|overseen pay|paid|paid put|put|put rise|rose|risen run|ran|run say|said|said seek|sought|sought
see|saw|seen sell|sold|sold send|sent|sent set|set|set shake|shook|shaken shoot|shot|shot show|showed|shown
sing|sang|sung sink|sank|sunk speak|spoke|spoken spend|spent|spent stand|stood|stood steal|stole|stolen
strike|struck|struck swear|swore|sworn swim|swam|swum take|took|taken teach|taught|taught tell|told|told
think|thought|thought throw|threw|thrown undergo|underwent|undergone veto|vetoed|vetoed wear|wore|worn win|won|won
write|wrote|written"""
_PLURALS_TOO = """accounts addresses aims answers appeals attacks attempts averages awards backs bans battles beats
blames blocks breaks calls catches causes challenges changes charges claims climbs controls costs covers crashes
credits crimes crosses cuts debuts declines delays demands designs directs draws drives drops ends estimates
experiences exports faces falls features feeds fights files fills finances fines fires flies focuses forces forms
funds gains grants guides hands heads helps hits honors honours hosts imports increases issues joins lands launches
leads leaves lifts limits lives looks marks means measures moves murders names needs notes offers orders outlines
passes picks pitches places plans plays pledges posts presents presses produces projects promises protests purchases
pushes questions ranks reaches recalls records releases repairs repeats replies reports requests rescues results
returns reviews rules runs scores searches sentences sets shakes shares shifts shoots signals signs sinks snaps
sounds sponsors stages stands stars starts states stays steps stops stores stresses strikes struggles studies
supplies supports surprises switches takes talks targets tests threats ties tops totals touches trades trails trains
transfers transports travels triggers turns uses values views visits voices votes vows waits walks wants watches
wears wins works wounds"""
_AUXILIARY_LIST = "is was has had will would can could may might must should are were have did"
AUXILIARIES = frozenset(_AUXILIARY_LIST.split())
PLURAL = frozenset({"are", "were", "have"})


def is_finite(word: str) -> bool:
    """Whether a word is a verb that can carry a sentence; plurals of nouns that look like one are not."""
    return word in AUXILIARIES or word in past() or (word in present() and word not in plurals_too())


def base(word: str) -> str:
    """The infinitive of a past tense, or of a third person of the present; of any other word an empty text."""
    return past().get(word) or present().get(word, "")


@cache
def past() -> dict[str, str]:
    """Past tenses with their infinitives."""
    return {_regular_past(verb): _bare(verb) for verb in _REGULAR.split()} | {
        was: base for base, was, _ in _irregular() if base != "be"
    }


@cache
def present() -> dict[str, str]:
    """Third persons of the present tense with their infinitives."""
    bases = [_bare(verb) for verb in _REGULAR.split()] + [base for base, _, _ in _irregular()]
    return {_third(base): base for base in bases if base not in ("be", "have")}


@cache
def participles() -> frozenset[str]:
    """Past participles."""
    return frozenset(_regular_past(verb) for verb in _REGULAR.split()) | {done for _, _, done in _irregular()}


@cache
def plurals_too() -> frozenset[str]:
    """Third persons that are plurals of common nouns as well, such as "reports" and "votes"."""
    return frozenset(_PLURALS_TOO.split())


def _irregular() -> list[tuple[str, str, str]]:
    return [(base, was, done) for base, was, done in (verb.split("|") for verb in _IRREGULAR.split())]


def _bare(verb: str) -> str:
    return verb.rstrip("+")


def _regular_past(verb: str) -> str:
    if verb.endswith("+"):
        return f"{verb[:-1]}{verb[-2]}ed"
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}ed"


def _third(base: str) -> str:
    if base.endswith(("s", "sh", "ch", "x", "o")):
        return f"{base}es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}s"
