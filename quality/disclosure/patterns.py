"""Every kind of personal data that is looked for: patterns of texts, headings, and lists of a special category."""

from __future__ import annotations

import re

from quality.disclosure.detectors.births import birth
from quality.disclosure.detectors.cases import OF_CASES, case_reference
from quality.disclosure.detectors.contacts import (
    landline,
    mobile_digits,
    mobile_phone,
    network_address,
    other_email,
    personal_email,
    profile,
)
from quality.disclosure.detectors.homes import STREET, home_address, home_location
from quality.disclosure.detectors.money import account_reference, bank_account, card_checks, pay, payment_card
from quality.disclosure.detectors.numbers import (
    document_number,
    national_insurance,
    nhs_checks,
    nhs_number,
    nhs_number_compact,
    pupil_number,
    tax_reference,
    tax_reference_compact,
    vehicle_plate,
)
from quality.disclosure.detectors.pattern import (
    HEALTH,
    TAX,
    TELEPHONE,
    Pattern,
    ScreenedColumn,
    in_open_text,
    in_texts,
)
from quality.disclosure.detectors.people import titled_name, untitled_name
from quality.disclosure.detectors.redactions import failed_redaction
from quality.disclosure.detectors.words import FIND, KINDS
from quality.disclosure.names.titles import TITLE
from quality.disclosure.words.vocabulary import phrases, short_forms

__all__ = ["HEADINGS", "PATTERNS", "PLUS_NUMBER", "Pattern", "ScreenedColumn", "card_checks", "nhs_checks"]

PLUS_NUMBER = re.compile(r"\+[\d\s()./-]+")


def spreadsheet_formula(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find a text that a spreadsheet would run; a phone number with a plus is harmless."""
    return "" if PLUS_NUMBER.fullmatch(text) else text


GAP = r"[\s\x{00A0}.-]?"
ALONE = r"(?:^|[^\d.]){}(?:$|[^\d.]|\.$)"
"""A run of digits that is no part of a longer one, as a net."""


IN_WORDS = f"{phrases('ages', 'ones')}|ten|eleven|twelve"


SHORT_FORMS = short_forms()


CONDITION = re.compile(r"\(\?<?[=!]")


def without_conditions(pattern: str) -> str:
    """Return an expression without what it asks of the text around a place, which a net cannot ask."""
    kept: list[str] = []
    depth = 0
    for part in re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|\(\?<?[=!]|\(|\)|[^\\\[()]+", pattern):
        if depth or CONDITION.fullmatch(part):
            depth += part.startswith("(") - (part == ")")
        else:
            kept.append(part)
    return "".join(kept)


def word_net(words: str) -> str:
    """Return a net for an expression, and for short forms, whatever stands around them."""
    return rf"(?i)\b(?:{without_conditions(words)}|{SHORT_FORMS})"


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        rule="personal-national-insurance",
        title="No National Insurance numbers",
        net=rf"(?i)[a-z]{{2}}(?:{GAP}\d\d){{3}}{GAP}[a-d]|\bn(?:\.?i\.?|ino|at)\b.*\d ?\d"
        r"|\b[A-Z] ?[A-Z](?:[ \x{00A0}.-]?\d){6}[ \x{00A0}.-]?[A-D]\b",
        find=national_insurance,
    ),
    Pattern(
        rule="personal-nhs-number",
        title="No NHS numbers",
        net=r"\d{3}[ \x{00A0}.-]?\d{3}[ \x{00A0}.-]?\d{4}",
        find=nhs_number,
        by_chance=True,
    ),
    Pattern(
        rule="personal-nhs-number",
        title="No NHS numbers",
        net=r"\d{10}",
        find=nhs_number_compact,
        where=lambda column: bool(HEALTH.search(column.words)),
    ),
    Pattern(
        rule="personal-payment-card",
        title="No payment card numbers",
        net=r"\d{12}|\d{4}[ \x{00A0}.-]\d{4,6}[ \x{00A0}.-]\d{4}",
        find=payment_card,
        by_chance=True,
    ),
    Pattern(
        rule="personal-bank-account",
        title="No bank accounts",
        net=(
            r"(?i)\d\d-\d\d-\d\d|\d\d[ ./]?\d\d[ ./]?\d\d\W{1,4}\d{8}|\bsort|\bs[/.]?c\b|\bs\W?code\b"
            r"|\b[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11}"
        ),
        find=bank_account,
    ),
    Pattern(
        rule="personal-email",
        title="No personal e-mail addresses",
        net=r"(?i)@|[\[(]at[\])]|\w at [a-z]+ ?(?:dot |\.)co",
        find=personal_email,
    ),
    Pattern(
        rule="personal-other-email", title="No unexpected e-mail addresses", net=r"(?i)@|[\[(]at[\])]", find=other_email
    ),
    Pattern(
        rule="personal-mobile-phone",
        title="No unexpected mobile phone numbers",
        net=(
            rf"(?i)(?:[0o]|44{GAP}(?:\(0\))?){GAP}7{GAP}[1-9](?:\)?{GAP}\d){{8}}"
            r"|(?:phone|mob|tel|call|text|ring|cell|app)\D{0,12}7\d{9}"
        ),
        find=mobile_phone,
    ),
    Pattern(
        rule="personal-title",
        title="No names of people after a title",
        net=rf"(?i)\b{TITLE}",
        find=titled_name,
        of_words=True,
    ),
    Pattern(
        rule="cell-formula",
        title="No cells that a spreadsheet would run",
        net=r"\A[=+@\t\r]",
        find=spreadsheet_formula,
    ),
    Pattern(
        rule="personal-nhs-number",
        title="No NHS numbers",
        net=ALONE.format(r"\d{10}"),
        find=nhs_number_compact,
        where=lambda column: not HEALTH.search(column.words),
        chance=0.05,
    ),
    Pattern(
        rule="personal-mobile-phone",
        title="No unexpected mobile phone numbers",
        net=ALONE.format(r"\d{10,12}"),
        find=mobile_digits,
        chance=0.1,
    ),
    Pattern(
        rule="personal-mobile-phone",
        title="No unexpected mobile phone numbers",
        net=ALONE.format(r"\d{10,12}"),
        find=mobile_digits,
        where=lambda column: column.typed and bool(TELEPHONE.search(column.words)),
    ),
    Pattern(
        rule="personal-landline",
        title="No unexpected telephone numbers",
        net=r"(?i)\+\d|\b00 ?\d|\b0[12]\d|\b44|\b(?:home|house)\D{0,16}\d{4}[ -]\d{4}",
        find=landline,
        where=in_texts,
    ),
    Pattern(
        rule="personal-tax-reference",
        title="No tax references of people",
        net=r"(?i)\bu\.?t\.?r|tax|assessment|\bsa ref|\bcis\d*\b|\bseiss\b|hmrc",
        find=tax_reference,
        where=in_texts,
    ),
    Pattern(
        rule="personal-tax-reference",
        title="No tax references of people",
        net=ALONE.format(r"\d{10}"),
        find=tax_reference_compact,
        where=lambda column: not TAX.search(column.words),
        chance=0.1,
    ),
    Pattern(
        rule="personal-tax-reference",
        title="No tax references of people",
        net=ALONE.format(r"\d{10}"),
        find=tax_reference_compact,
        where=lambda column: bool(TAX.search(column.words)),
    ),
    Pattern(
        rule="personal-pupil-number",
        title="No Unique Pupil Numbers",
        net=r"(?i)(?:\b|upn)[A-Z](?:[ -]?\d){11}[ -]?[\dA-Z]\b",
        find=pupil_number,
        where=in_texts,
    ),
    Pattern(
        rule="personal-document",
        title="No numbers of passports, licences and permits",
        net=(
            r"(?i)\b[A-Z][A-Z9]{4}[ -]?\d{6}|\bpas{1,2}[ -]?port|\bpass\.? no\b|\bpass\. |\bpassp|\bp/?port|\bpspt"
            r"|\bppt?\b|travel doc|<GBR|licen[cs]e.*\d{8}|\bbrp|permit|residence|biometric|home office|visa"
            r"|share code|\barc\b|settlement|immigration|\b[RZ][A-Z]X?\d{7}"
        ),
        find=document_number,
        of_words=True,
        where=in_texts,
    ),
    Pattern(
        rule="personal-vehicle",
        title="No number plates",
        net=(
            r"(?i)\b[A-Z]{2} ?\d\d[ .-]?[A-Z]{3}\b|\bforeign (?:car|van|reg|plate|veh)"
            r"|\b[A-Z]{1,3} ?\d{1,4} ?[A-Z]{0,3}\b.*\b(?:veh|cars?\b|van|vrm|reg|plate|mo(?:tor|ped|t\b)|scooter"
            r"|park|pcn|nto\b|permit|driver|keeper|tow|bay|lorry|taxi|index|ulez|clamp|untaxed|abandon|dvla|badge"
            r"|congestion|bailiff|penalty)|\b(?:veh|cars?\b|van|vrm|reg|plate|mo(?:tor|ped|t\b)|scooter|park|pcn"
            r"|nto\b|permit|driver|keeper|tow|bay|lorry|taxi|index|ulez|clamp|untaxed|abandon|dvla|badge|congestion"
            r"|bailiff|penalty).*\d"
        ),
        find=vehicle_plate,
        of_words=True,
        where=lambda column: in_open_text(column) or column.nature in ("code", "organisation"),
    ),
    Pattern(
        rule="personal-pay",
        title="No pay of a person",
        net=(
            r"(?i)(?:salary|wage|pay|paid|earn|pension|severance|redundan|remunerat|income|allowance|acting"
            r"|honorari|rate|overtime|o/t|\bot\b|bonus|increment|supplement|gratia|settlement|pilon|lieu|stipend"
            r"|grad|scp|spine|per day|per hour|moved to|\bhon\b|sessional|leaver|locum|interim|basic|gross).*\d"
            r"|\d.*(?:annum|\bp\.?a\b|per |/|pcm|\bp[mwh]\b|a (?:year|month|week|day)|an hour|salary|wage|pa[iy]"
            r"|gross|allowance|\d ?p[amwhd]\b)"
        ),
        find=pay,
        of_words=True,
        where=in_open_text,
    ),
    Pattern(
        rule="personal-account-reference",
        title="No accounts that people have with the council",
        net=(
            r"(?i)(?:tax|\bctx?|rent|tenan|lease|lessee|benefit|\bhb|ctrs?|\bcts|card|badge|pass|oyster|charge"
            r"|elector|credit|\buc|pip|dla|\besa|\bdhp|payroll|employee|staff|pay|debtor|homecare|garden|permit"
            r"|resident|former|occup|garage|allotment|member|nursery|meal|dinner|\bacc|\ba/c|\blib |nndr|liability"
            r"|ldr\b|tncy|\bdr\b|clm).*\d{3}"
        ),
        find=account_reference,
        of_words=True,
        where=in_texts,
    ),
    Pattern(
        rule="personal-case-reference",
        title="No references of cases about people",
        net=rf"(?i)\b(?:{OF_CASES.pattern}|{SHORT_FORMS})(?:['’]?s|ref|no|number|num|id)?(?:[^a-z\n].*)?\d{{2}}",
        find=case_reference,
        of_words=True,
        where=in_texts,
    ),
    Pattern(
        rule="personal-network",
        title="No addresses of machines of people",
        net=(
            r"(?i)\d{1,3}\.\d{1,3}\.\d{1,3}\.\d|[0-9A-F]{1,4}:[0-9A-F]{0,4}:[0-9A-F:]"
            r"|[0-9A-F]{2}-[0-9A-F]{2}-[0-9A-F]{2}-|[0-9A-F]{4}\.[0-9A-F]{4}\.[0-9A-F]{4}"
            r"|\b[0-9A-F]{12}\b|\bmac\b.*[0-9A-F]{2} [0-9A-F]{2} "
        ),
        find=network_address,
        where=in_texts,
    ),
    Pattern(
        rule="personal-profile",
        title="No profiles and hashes of people",
        net=(
            r"(?i)\.com/|\.me/|\.app/|\.net/@|@[a-z]|facebook|insta|twitter|tiktok|snapchat|telegram"
            r"|whatsapp|linkedin|skype|handle|\bx[:@ (]|[0-9a-f]{10}|[\w+/]{43}=|behance|vimeo|soundcloud|flickr"
            r"|linktr|strava|pinterest|medium\.|reddit|\b(?:fb|ig|snap|threads|mastodon|bluesky"
            r"|discord|reddit|nextdoor)\b"
            r"|/(?:profile|users?|members?|people|u)/"
        ),
        find=profile,
        where=in_texts,
    ),
    Pattern(
        rule="personal-birth",
        title="No dates of birth and ages of people",
        net=(
            r"(?i)\bd[^\n\w]{0,2}o[^\n\w]{0,2}b|birth|b['’]?day|yob|\bborn|\bb[.:]|[(,;][\s\x{00A0}]?b[\s\x{00A0}]"
            r"|\bage[sd]?\b|\d(?:\.\d|½)?[ -]?(?:y|mth|month|m/o|wk|week)|\b[mf][\s\x{00A0}]?/|/[\s\x{00A0}]?[mf]\b"
            r"|\(\s?[mf][ ,]|\(\s?\d{1,3}[ ,]{0,2}[mf]?\s?\)|\byp ?\d|(?:y|year|yr) ?\d{1,2} (?:boy|girl)"
            r"|genarian|centenarian|\bturn(?:ed|s|ing) \d|0['’]?s\b|(?:twen|thir|for|fif|six|seven|eigh|nine)ties\b"
            rf"|(?:{IN_WORDS}|teen|ty)[ -](?:y|month|week)|\b(?:claims|says|alleges|believed)\b.*\d"
            r"|\b(?:kids|sibs|siblings|children|sons|daughters|boys|girls)\b.{0,9}\d"
            rf"|\b(?:{phrases('ages', 'somebody')})\b.{{0,24}}[ ,(–-](?:\d|{IN_WORDS}|thir|fif|twenty|forty)"
        ),
        find=birth,
        of_words=True,
        where=in_texts,
    ),
    Pattern(
        rule="personal-address",
        title="No addresses of homes",
        net=(
            r"(?i)\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b(?:flats?|flt|fl|apt|appt|apartment|maisonette|mais"
            rf"|studio|penthouse)\.?[\s,]*(?:n|#|\d)|\d.*\b{STREET}\b|\d.*\b[BCDEHIKNRSTUW][ACEGMNRTW]?\d"
        ),
        find=home_address,
        of_words=True,
        where=in_open_text,
    ),
    Pattern(
        rule="personal-location",
        title="No coordinates of homes",
        net=r"(?i)\d\.\d{3}|\b[A-Z]{2} ?\d{4,5} ?\d{4}|5\d{5}|5[01]\s?[°º]|///[a-z]+\.",
        find=home_location,
        where=in_open_text,
    ),
    Pattern(
        rule="personal-redaction",
        title="Nothing that was meant to be hidden",
        net=(
            r"(?i)publish|publication|releas|disclos|\bshar|circulat|upload|sending|going live|\bred['’]?d"
            r"|\bred[act]{3,6}|withheld|removed?\b|remov|delete|\bhide|hidden|confidential|\bonly|anonymi|suppress"
            r"|personal data|blank|not (?:to )?(?:be )?show|identity|[█■▇▓▒]|\bx{3,}|\*\*|##|__|\[\.\.|\[…|\[name"
            r"|[a-z]x{3,}[a-z]\b|[a-z]---"
        ),
        find=failed_redaction,
        where=in_texts,
    ),
    *(
        Pattern(rule=rule, title=title, net=word_net(KINDS[rule].net), find=FIND[rule], where=in_texts, of_words=True)
        for rule, title in (
            ("personal-health", "No health of a person"),
            ("personal-care", "No care or abuse of a person"),
            ("personal-immigration", "No immigration status of a person"),
            ("personal-offence", "No offences of a person"),
            ("personal-benefit", "No benefits and debts of a person"),
            ("personal-characteristic", "No origin, belief or sexuality of a person"),
        )
    ),
    Pattern(rule="personal-name", title="No names of people", net="", find=untitled_name, where=in_texts),
)
"""An empty net is that of known names, which is no expression."""

HEADINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:first|last|fore|sur|given|family|maiden)\s?names?\b"), "people’s names"),
    (
        re.compile(
            r"\b(?:applicant|claimant|client|employee|officer|patient|pupil|resident|tenant)s? (?:full )?name\b"
        ),
        "people’s names",
    ),
    (re.compile(r"\bdate of birth\b|\bd ?o ?b\b|\bbirth ?date\b"), "dates of birth"),
    (re.compile(r"\bnational insurance n|\bni n(?:o|umber)\b|\bnino\b"), "National Insurance numbers"),
    (re.compile(r"\bnhs n(?:o|umber)\b"), "NHS numbers"),
    (re.compile(r"\bhome (?:address|phone|telephone|tel)\b"), "where people live or how to reach them"),
    (re.compile(r"\bpassport n|\bdriving licence n"), "numbers of personal documents"),
    (re.compile(r"\b(?:home|residential) post ?code\b"), "where people live or how to reach them"),
    (
        re.compile(r"\b(?:salary|gross pay|net pay|hourly rate of pay)\b(?!.*\b(?:band|range|ceiling|cost|total)s?\b)"),
        "what people are paid",
    ),
    (
        re.compile(r"\b(?:unique pupil|upn\b|unique tax|utr\b|payroll n|employee (?:n|id)|national id)"),
        "numbers that people were given",
    ),
    (re.compile(r"\b(?:number plate|registration mark|vrm)\b"), "number plates"),
    (re.compile(r"\b(?:ip|mac) address\b|\bdevice id\b"), "addresses of machines of people"),
    (re.compile(r"\bsort code\b|\bbank account\b"), "bank accounts"),
)
"""Headings, in lower case with single spaces, of columns that hold personal data, and the kind of data."""

SPECIAL_HEADINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bethnic\w*\b|\bracial\b|(?<!\bof )\brace\b(?! (?:day|course|track))"), "ethnic origin"),
    (re.compile(r"\breligio\w+\b|\bfaith\b|\bbeliefs?\b"), "religion or belief"),
    (re.compile(r"\bsexuality\b|\bsexual orientation\b"), "sexual orientation"),
    (re.compile(r"\bgender (?:identity|reassignment)\b|\btransgender\b|\btrans status\b"), "gender identity"),
    (
        re.compile(r"\bdisabilit(?:y|ies)(?: (?:type|status))?\Z|\bdisability\b|\bimpairments?\b|\bis disabled\b"),
        "disability",
    ),
    (
        re.compile(r"\b(?:health|medical) (?:conditions?|problems?|needs?|history)\b|\bdiagnos[ei]s\b|\bmedication\b"),
        "health",
    ),
    (re.compile(r"\boffences?\b|\bconvictions?\b|\bcriminal record\b"), "offences"),
    (
        re.compile(
            r"\bimmigration\b|\bnationality\b|\bcountry of birth\b|\basylum\b|\bvisa (?:type|status)\b|\bnrpf\b"
        ),
        "immigration",
    ),
    (
        re.compile(r"\bunion member\w*|\bpolitical (?:opinions?|affiliation|views?)\b"),
        "union membership or political opinion",
    ),
    (re.compile(r"\bcare leaver\b|\blooked after\b|\bchild protection\b|\bsafeguarding\b"), "care"),
)
"""Headings of columns of a special category, or of one as sensitive, and what it is about."""

_LISTS = {
    "ethnic origin": """asian|asian british|asian or asian british|indian|pakistani|bangladeshi|chinese
        any other asian background|asian other|other asian|black|black british
        black or black british|black african|african|black caribbean|caribbean
        any other black background|black other|other black|mixed|mixed other|white and asian
        white and black african|white and black caribbean|any other mixed background|white
        white british|british|english|irish|white irish|gypsy|roma|gypsy or irish traveller
        irish traveller|traveller|white other|other white|any other white background|arab
        somali|any other ethnic group|other ethnic group|mixed or multiple ethnic groups
        latin american|turkish|kurdish|white european""",
    "religion or belief": """christian|christianity|muslim|islam|hindu|hinduism|sikh|sikhism|jewish|judaism
        buddhist|buddhism|no religion|atheist|agnostic|catholic|roman catholic
        church of england|anglican|protestant|methodist|baptist|pentecostal|orthodox|jain
        pagan|humanist|rastafarian|any other religion|other religion|spiritual""",
    "sexual orientation": """heterosexual|straight|heterosexual or straight|heterosexual/straight|gay|lesbian
        gay or lesbian|gay/lesbian|gay man|gay woman|gay woman/lesbian|homosexual|bisexual
        bi|pansexual|asexual|queer|other sexual orientation""",
    "gender identity": """cisgender|transgender|trans man|trans woman|trans|non-binary|nonbinary|non binary
        genderqueer|gender fluid|intersex|agender|cis man|cis woman|cis male|cis female""",
    "offences": """theft|burglary|robbery|assault|common assault|criminal damage|drug offences|fraud
        murder|manslaughter|rape|sexual offences|sexual assault|violence against the person
        shoplifting|arson|possession of weapons|abh|gbh|public order|vehicle crime
        drink driving|harassment|stalking|possession of drugs|affray|perjury
        handling stolen goods|drug dealing""",
    "immigration": """asylum seeker|refugee|indefinite leave to remain|ilr|limited leave to remain
        leave to remain|discretionary leave|humanitarian protection|settled status
        pre-settled status|pre-settled|settled|nrpf|no recourse to public funds|overstayer
        british citizen|eea national|eu citizen|student visa|work visa|failed asylum seeker
        undocumented|stateless|visitor visa""",
    "disability": """physical disability|physical impairment|sensory impairment|hearing impairment
        visual impairment|learning disability|learning difficulty|mental health condition
        autism|autistic spectrum disorder|autistic spectrum|long-standing illness|adhd
        long term condition|mobility impairment|wheelchair user|blind|deaf|dyslexia
        cognitive impairment|not disabled|no disability|disabled|registered disabled
        partially sighted""",
    "health": """diabetes|asthma|cancer|depression|anxiety|dementia|epilepsy|hiv|stroke|schizophrenia
        bipolar disorder|arthritis|hypertension|copd|heart disease|parkinson's
        multiple sclerosis|obesity|ptsd|bipolar|hepatitis c|eating disorder""",
    "union membership or political opinion": """unison|gmb|unite|unite the union|neu|nasuwt|rmt|usdaw|pcs
        conservative party|labour party|liberal democrats|green party|reform uk|conservative|labour
        liberal democrat""",
}
SPECIAL_VALUES = {kind: frozenset(re.split(r"\||\n\s*", words)) for kind, words in _LISTS.items()}
"""By kind: the entries of the usual code lists, in lower case."""
