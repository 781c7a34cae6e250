"""Whether a text speaks of one person, or of a service, a budget or a group: the evidence for both is weighed."""

from __future__ import annotations

import re

from quality.disclosure.names.person_like import names_within


def one_of(*lines: str) -> str:
    """Return an expression for alternatives: a space may be a hyphen, and an apostrophe is of either kind."""
    return "|".join(lines).replace(" ", r"[\s-]").replace("'", "['’]")


def whole_words(*lines: str) -> re.Pattern[str]:
    """Return the expression of some alternatives as whole words, in any case."""
    return re.compile(rf"(?<![\w'’])(?:{one_of(*lines)})(?!\w)", re.IGNORECASE)


SPOKEN_OF = (
    r"\b(?:he|she|him|his|her|hers|himself|herself)\b(?! majesty)|\bthe above\b|\b(?:mr|mrs|ms|miss|mx)\b\.? [A-Z]"
    r"|\b(?:son|daughter|mother|mum|mummy|father|dad|wife|husband|brother|sister|grand(?:mother|father|son"
    r"|daughter)|nephew|niece|baby|toddler|teenager) (?:of|is|was|has|had|with|who|in|under|on|to|from)\b"
    r"|\b(?:a|the|this|that|our|one|each|young|old|elderly|pregnant|disabled|deceased|male|female"
    r"|vulnerable|named|same) (?:\w+ )?(?:client|patient|service user|resident|tenant|claimant|applicant"
    r"|pupil|student|customer|employee|worker|man|woman|boy|girl|lady|gentleman|mother|mum|father|dad"
    r"|child|person|individual|victim|offender|carer|prisoner|defendant|debtor|complainant|refugee|asylum"
    r" seeker)\b(?! (?:protection|care|services?|health|transport|contributions?"
    r"|support|union|centre|records?))"
    r"|\b(?:client|patient|service user|su|resident|tenant|claimant|applicant|pupil|student|employee"
    r"|victim|offender|carer|defendant|debtor|lac|yp|customer)(?: (?:is|was|has|had|have|with"
    r"|needs?|who|did|does|moved|failed|owes|suffer\w*|\w{3,}ed|reports?|reported|states?|disclosed"
    r"|attended|admitted|diagnosed|refused|unable|fled|arrested|convicted|detained|sectioned"
    r"|[A-Z]\.?[A-Z]\b|no\.?|ref|id|\d)| ?[-–:(#])"
)
"""Somebody who is spoken of: by a pronoun, a title, or a noun that does or has something."""
INITIALS = re.compile(
    r"\b(?:for|re|of|to|by|with|from|client|child|pupil|initials|patient|case|mother|father|tenant):? "
    r"(?:[A-Z]\.(?: ?[A-Z]\.?){1,2}|(?!(?:IT|HR|GP|HB|UK|EU|US|PA|TV|PC|LA|SW|SE|NW|NE|AC|DC|CT|VAT|NHS"
    r"|LBC|TFL|CCG|ICB|DWP|ASC|CSC|SEN|EHC|NRPF|CCTV|PPE|DVLA|HMRC|GLA|LED|ICT|FM|QC|KC|HQ|OT|CIC|UC|AP|TA"
    r"|EC|AD|PO|LGA|ASB|DV|DA|CP|MH|LD|PD|PIP|DLA|ESA|JSA|DHP|CTR|CTS|CTB|CIL|HMO|RTB|GLL|MOT|BT|EE|EDF"
    r"|BP)\b)[A-Z]{2,3}\b)(?!\w)"
    r"|\b[A-Z]\.[A-Z]\.(?:[A-Z]\.)?(?= |\Z|[,;:)-])"
)
AGE = re.compile(
    r"\b(?:aged|age) \d{1,3}\b(?! ?(?:-|–|/|to|and|or|\+))|\bd\.?o\.?b\b|\b\d{1,2}[- ]?(?:years?[- ]old|y/?o)\b(?!s)"
    r"|\b\d{1,2} y o\b|\b(?:male|female|boy|girl|man|woman|[mf])[ ,/(]{1,3}\d{1,2}\b(?!\d|[:/]\d)"
)
CERTAIN = re.compile(rf"{SPOKEN_OF}|{AGE.pattern}", re.IGNORECASE)

_OF_A_SERVICE = (
    r"transport|contributions?|income|services?|engagement|participation|involvement|satisfaction|surveys?|premium|"
    r"records?|database|systems?|portal|liaison|relations|associations?|panels?|forum|handbook|benefits|assistance|"
    r"wellbeing|voice|feedback|movement|training|groups?|count|facing|based|side|support|protection|care\b|health|"
    r"poverty|psycholog\w+|psychiatr\w+|development|safeguarding|helpline|line|union|hub|court|centred?|law\b|"
    r"solicitors?|counselling|assembly|mediation|(?:fund|grant|allowance|payment|benefit|placement|fee|cost|charge)s|"
    r"advice|advocacy|recruitment|team|programme|project|scheme|contract|budget|finance|learning|employment|"
    r"tenancies|accommodation\b(?! for)|welfare|guidance|led\b|focus|journey|experience|moves|trafficking"
)
"""What makes a service of the person before it: client transport, victim support, pupil premium."""
_ALONE = rf"(?!['’]?s?[\s-]+(?:{one_of(_OF_A_SERVICE)}))"


def _person(*lines: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'’])(?:{one_of(*lines)})(?:['’]s)?(?![\w'’]){_ALONE}", re.IGNORECASE)


PERSON = _person(
    # family
    r"mum|mummy|mom|mam|(?:god|step|birth |foster |grand)?(?:mother|father|son|daughter|child|mum|dad)|dad|daddy|dau|dtr",
    r"(?:step|half |foster )?(?:sister|brother|sibling)|nan|nana|nanna|gran|granny|grandma|grandad|granddad|grandpa|gma",
    r"grandparents?|siblings|sibs?|twins|triplets|unborn(?: baby| child)?|sisters|daughters|aunt|auntie|aunty|uncle|niece|nephew|cousin|wife|husband|hubby|spouse|fianc[eé]e?|widow|widower",
    r"(?:ex )?(?:boyfriend|girlfriend|husband|wife)|ex partner|bf|gf|in laws?|twin|baby|newborn|toddler|infant|kid",
    r"ex(?! (?:vat|works|gratia|officio|stock|display|hire|service|council|depot|armed|forces|military))",
    r"(?:by|to|from|w|with|and|violent|abusive|former|new|male|female|same sex|re|controlling) partner",
    r"(?:partner|spouse|relative)(?= (?:is|has|was|who|left|died|in|of|out|on|hit|controls|broke|still|away|no longer))|next of kin",
    # what officers call those they work for
    r"client|clnt|clt|cl|(?:service|serv|svc|serv\.|svc\.|s) user|s/user|s/u|su|pt(?! \d)|patient|resident|tenant",
    r"leaseholder|occupier|occupant|claimant|applicant|pupil|student(?! (?:placement|social|nurse|loan|finance|bursar))|employee|customer|cust|debtor|defendant",
    r"prisoner|detainee|victim|complainant|householder|lodger|licensee|leaver(?= of)|staff member|member of staff",
    r"colleague|apprentice|ex employee|(?:bus|taxi|agency|lorry|coach) driver|caretaker|neighbour|landlord|perp",
    r"(?:for|to|of|by|from|with|w/|re|one|a) (?:young )?(?:(?:care|prison) leaver|refugee|asylum seeker|carer|offender"
    r"|(?:rough )?sleeper|survivor|ex offender|perpetrator|parent|couple|foster carer|kinship carer|homeless person)",
    # who somebody is
    r"(?<!our )lady(?! day)|gent|gentleman|(?<!of )man(?! (?:and|&|with|in) )|woman|boy|girl|lad|lass|teen|teenager",
    r"youngster|yp|y/p|yng person|young (?:person|man|woman|adult|mum|mother|girl|boy|carer|parent)|pensioner|oap",
    r"(?:male|female)(?! (?:life|genital|staff|toilets?|wc|changing|condoms?|deaths|only|population|carers))",
    r"(?:a|one|unaccompanied|named|unacc\.?) (?:minor|adult)|(?:1|one|single|vuln\w*|disabled|older) adult|schoolboy",
    r"schoolgirl|(?<!single )(?<!connected )person|individual|orphan|youth(?=\W*(?:\Z|[,;+&(]|in|on|w|with|from|who|\d))",
    r"(?:deceased|late) (?:client|tenant|resident)|the deceased|dec'd|next door|mother to be|single (?:male|female)",
)
"""One person, in the words of officers' notes."""
PERHAPS = _person(
    r"carer|family|household|couple|parent|(?:care|prison) leaver|refugee|asylum seeker|(?:rough )?sleeper|survivor",
    r"offender|ex offender|perpetrator|elderly|vulnerable|overstayer|hoarder|addict|alcoholic|amputee",
    r"bankrupt|evacuee|entrant|homeowner|owner|worker|hirer|member|trafficker|sufferer|learner|migrant|youth|guardian",
    r"foster (?:mum|dad)|partner|relative|kids|twins|my|mates?|friend|dependants?|babies|parents|cared for|youngest",
)
"""One person or family, or a word before a service."""

EVENT = whole_words(
    r"(?!(?:aged|based|related|looked|redacted|shared|limited|supported|integrated|dedicated|detached|paid|advanced"
    r"|targeted|sheltered|commissioned|delegated|mixed|fixed|combined|assisted|contracted|funded|unaccompanied"
    r"|disabled|furnished|licensed|registered|associated|centred|unpaid|need|speed|feed|seed|shed|bleed|accrued"
    r"|received|estimated|approved|specialised|personalised|enhanced|united|trained|qualified|certified|invoiced"
    r"|secured|leased|rented|managed|proposed|planned|required|allocated|focused|coordinated|self-directed"
    r"|sponsored|provided|adapted|directed|recharged|billed|excluded|included|extended|named|married)\b)\w{3,}ed",
    r"left|fled|lost|hit|broke|taken|given|found|caught|told|said|says|gone|went|came|got|gets|had|has|kept|sent|hurt",
    r"is|was|were|been|being|became|needs?|wants?|lives|stays|owes|died|dies|cannot|can't|cant|couldn't|won't|wont",
    r"didn't|doesn't|isn't|unable|fleeing|escaping|living (?:in|on|with|at|alone|out|here|rough|apart)|staying(?! put)|awaiting|waiting|struggling|refusing|moving",
    r"leaving(?! care)|recovering|setting up|sleeping in|breaking down|fell|stuck|stole|beat|ran|put|made|struck|met",
    r"stopping|losing|facing|fearing|hiding|using|taking|drinking|relapsing|attending|returning|deteriorating",
    r"presenting|declining|claiming|receiving|getting|collapsed|bitten|seen|broken|driven|withdrawn|bought|unwell",
    r"afraid|scared|confirmed|exhausted|on hold|kicked|hospitalised|behind",
)
LINK = re.compile(
    r"\b(?:due to|following|(?<!looked )(?<!looked-)after|since|because|cos|bcos|as|so|while|whilst|until|till|when"
    r"|still|just|again|now|not|no longer|never|tonight|today|yesterday|tmrw|last (?:night|week|month|year)|who|pending"
    r"|prior to|if|where|without|despite|onto|into|out of|back to|back in|bcs)\b|\bw/(?!e\b|c\b|end)|\bb/c\b"
    r"| \+ |[a-z]\+ ",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"\b\d+ ?(?:nts?|nights?|hrs?|hours?|wks?|weeks?|days?|mths?|months?|yrs?|years|kids|children|sessions?|p/?w|trips?)\b"
    r"|\b\d ?x ?(?:wk|week|day|daily|month)|\b[1-3]:[12]\b|£ ?\d|\b(?:p/?w|wkly|weekly|nightly|fortnightly)\b|\b\d+ of \d+"
    r"|\b(?:wk|week|night|day) \d+\b|\b\d+(?:st|nd|rd|th)\b|\b\d+k\b",
    re.IGNORECASE,
)
THING = whole_words(
    r"taxis?|cabs?|uber|fridge|cooker|(?<!resource )beds?|bedding|cot|pushchair|pram|nappies|milk|clothes|clothing|shoes",
    r"coat|uniform|microwave|washing mach\w*|washer|furniture|mattress|carpets?|hotel|b&b|b and b|bnb|locks?|lock change",
    r"locksmith|key ?safe|hoist|(?:grab )?rails?|ramp|stair ?lift|phone|mobile|laptop|removals?|removal van|storage|interp",
    r"interpreter|interpreting|food|vouchers?|food parcel|top up|gas|electric\w*|meter|travel|tickets?|flights?|train fare",
    r"fares?|tent|dog|cat|pet|kennels?|cattery|funeral|deposit|room|door|window|letterbox|doorbell|alarm|pendant",
    r"tv licence|glasses|bike|bus pass|oyster|passport|birthday|christmas present|toys|tutor|gym|swimming|shopping",
    r"chair|wheelchair|shower|bathroom|toilet|sling|deep clean|clearance|skip|escort|visit|visits|lift|seat(?:ing)?",
    r"school meals|lodgings|hostel|flat|tenancy|pocket money|(?:driving )?lessons|subsistence|fine|costs|solicitor|court fee|application fee",
)
"""Things that are bought for one person."""
TYPED = re.compile(r"\A[a-z](?![A-Z])|[,;:-] [a-z]|[a-z],[a-z]|\.\.|\bpls\b|\basap\b")
"""Text that was typed as a note: headings and names of services have capitals."""

BODY = whole_words(
    r"services?|svcs?|contracts?|contracted|(?<!clothing )(?<!hardship )(?<!furniture )(?<!starter )grants?|programmes?",
    r"strateg\w+|teams?|training|boards?|framework|projects?|initiatives?|budgets?|funding|commissioning|commissioned",
    r"campaigns?|awareness|partnerships?|forums?|networks?|conferences?|recruitment|subsid\w+|provider|providers|policy",
    r"research|survey|statistics|cohort|count|departments?|directorate|charit\w+|associations?|foundation|society",
    r"helpline|help desk|co ?ordinators?|officers?|managers?|software|licences?|workshops?|courses?|toolkit|posters?",
    r"leaflets?|consultan\w+|outreach|head of|director|annual|bulk|block|lot \d|q[1-4]|qtr|number of|rates?|average|total",
    r"percentage|per cent|population|prevention|subscription|helpdesk|sla|cross charging|backlog|clinics?|membership",
    r"provision for|bad debts?|batch|insurance|allocation|levy|strategy|academy|plc|ltd|limited|llp|hotline|benchmarking",
    r"practitioners?|apprentices|resource|pilots?|pathways?|delivery|opportunities|change of use|erection|construction",
    r"demolition|planning|planned|proposed|conversion|dwellings?|condition \d+|storey|ward|borough ?wide|retender",
    r"procurement|tender|stakeholders?|mobilisation|uplift|inflation|accruals?|reserve|virement|recharges?|journal",
)
"""Services and what is said of them."""
GROUP = re.compile(
    r"(?<![\d+&] )(?<!two )(?<!three )(?<!four )(?<!five )(?<!and )(?<!her )(?<!his )(?<!with )(?<!w/ )(?<!w )(?<!by )(?<!from )\b(?:people"
    r"|persons|women|men|children|childrens|families|victims|carers|patients|tenants|clients|users|leavers|sleepers"
    r"|seekers|refugees|offenders|residents|pupils|students|adults|households|survivors|perpetrators|migrants|workers"
    r"|claimants|applicants|debtors|prisoners|employees|customers|communities|schools|owners|homeowners|leaseholders"
    r"|landlords|evacuees|young people|parents|guardians|drivers|learners)\b",
    re.IGNORECASE,
)
GENERAL = whole_words(
    r"support|advice|schemes?|units?|centres?|funds?|placements|payments|allowances|fees|charges|assessments|beds|places",
    r"cases|orders|checks|provision|contributions|panel|reports?|reviews|consultancy|day|days|income|audit|quarter\w*",
    r"helpline|agency|agencies|trust|group|groups|hub|accommodation|costs|equipment|supplies|project",
    r"facility|facilities|library|libraries|museum|highways?|civic|town hall|various|general",
    r"recovery|staff|admin\w*|collection|write offs?|arrears(?= (?:team|letters|recovery|collection))|debt recovery|meeting",
)
"""What may belong to a service as well as to a person."""
COUNTED = re.compile(r"\b(?:day|days|home)\b", re.IGNORECASE)

ENOUGH = 2


def says_who(text: str) -> bool:
    """Return whether a text speaks of somebody: by a pronoun, initials, an age, or a name."""
    return bool(CERTAIN.search(text) or INITIALS.search(text)) or bool(next(names_within(text), ""))


def weight_of_one(text: str, topics: re.Pattern[str]) -> int:
    """Weigh what speaks for one person against what speaks for a service; from `ENOUGH` on it is about one.

    What a topic is called says nothing more: neither `looked after` nor `sanctuary scheme`.
    """
    rest = topics.sub(" ", text)
    note = weight_of_a_note(rest)
    return weight_of_persons(text) + note + bool(note and TYPED.search(text)) - weight_of_a_service(rest)


def weight_of_persons(text: str) -> int:
    """Weigh the persons in a text: two for a client, a mother or a boy, one for a family or a survivor."""
    return 2 * bool(PERSON.search(text)) + bool(PERHAPS.search(text))


def weight_of_a_note(text: str) -> int:
    """Weigh what makes a text a note on something that happened: at most three."""
    return min(3, sum(bool(p.search(text)) for p in (EVENT, LINK, MEASURE, THING)))


def weight_of_a_service(text: str) -> int:
    """Weigh what makes a text the name of a service, a budget or a group."""
    return 2 * bool(BODY.search(text)) + 2 * bool(GROUP.search(text)) + bool(GENERAL.search(text))
