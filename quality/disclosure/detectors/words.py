"""Words about health, care, abuse, immigration, offences, benefits and debts that are tied to one person."""

from __future__ import annotations

import re
from functools import partial

from quality.disclosure.detectors.pattern import ScreenedColumn, first_part
from quality.disclosure.names.person_like import names_within

ONE = re.compile(
    r"\b(?:he|she|him|his|her|hers|himself|herself)\b(?! majesty)|\bthe above\b|\b(?:mr|mrs|ms|miss|mx)\b\.? [A-Z]"
    r"|\b(?:son|daughter|mother|mum|mummy|father|dad|wife|husband|brother|sister|grand(?:mother|father|son"
    r"|daughter)|nephew|niece|baby|toddler|teenager) (?:of|is|was|has|had|with|who|and|in|under|on|to"
    r"|from)\b"
    r"|\b(?:a|the|this|that|our|one|each|young|old|elderly|pregnant|disabled|deceased|male|female"
    r"|vulnerable|named|same) (?:\w+ )?(?:client|patient|service user|resident|tenant|claimant|applicant"
    r"|pupil|student|customer|employee|worker|man|woman|boy|girl|lady|gentleman|mother|mum|father|dad"
    r"|child|person|individual|victim|offender|carer|prisoner|defendant|debtor|complainant|refugee|asylum"
    r" seeker)\b(?! (?:protection|care|services?|health|transport|contributions?"
    r"|support|union|centre|records?))"
    r"|\b(?:client|patient|service user|su|resident|tenant|claimant|applicant|pupil|student|employee"
    r"|victim|offender|carer|defendant|debtor|lac|yp|customer)[ ]?(?:is|was|has|had|have|with"
    r"|needs?|who|did|does|moved|failed|owes|suffer\w*|\w{3,}ed|reports?|reported|states?|disclosed"
    r"|attended|admitted|diagnosed|refused|unable|fled|arrested|convicted|detained|sectioned"
    r"|[A-Z]\.?[A-Z]\b|no\.?|ref|id|\d|[-–:(#])"
    r"|\b(?:for|re|of|to|by|with|from|client|child|pupil|initials|patient|case|mother|father|tenant):? "
    r"(?:[A-Z]\.(?: ?[A-Z]\.?){1,2}|(?!(?:IT|HR|GP|HB|UK|EU|US|PA|TV|PC|LA|SW|SE|NW|NE|AC|DC|CT|VAT|NHS"
    r"|LBC|TFL|CCG|ICB|DWP|ASC|CSC|SEN|EHC|NRPF|CCTV|PPE|DVLA|HMRC|GLA|LED|ICT|FM|QC|KC|HQ|OT|CIC|UC|AP|TA"
    r"|EC|AD|PO|LGA|ASB|DV|DA|CP|MH|LD|PD|PIP|DLA|ESA|JSA|DHP|CTR|CTS|CTB|CIL|HMO|RTB|GLL|MOT|BT|EE|EDF"
    r"|BP)\b)[A-Z]{2,3}\b)(?!\w)"
    r"|\b[A-Z]\.[A-Z]\.(?:[A-Z]\.)?(?= |\Z|[,;:)-])"
    r"|\b(?:aged|age) \d{1,3}\b(?! ?(?:-|–|to|and|or|\+))|\bd\.?o\.?b\b|\b\d{1,2}[- ]?(?:years?[- ]old|y/?o)\b(?!s)"
)
ONE_ANY_CASE = re.compile(ONE.pattern.split(r"|\b(?:for|re|of|to|by")[0], re.IGNORECASE)
MANY = re.compile(
    r"\b(?:people|persons|women|men|victims|children|residents|families|those|adults|users|carers|patients"
    r"|tenants|clients|seekers|refugees|offenders|pupils|services?|contracts?|grants?|projects?"
    r"|programmes?|training|teams?|units?|schemes?|funds?|policy|campaign|framework|commission\w*|subsidy"
    r"|strategy|courses?|provision|clinics?|provider|forum|partnership|workshops?|awareness|act|day|week"
    r"|board|panel|centre|charity|association|trust|society|department|equipment|licences?|membership"
    r"|supplies|helpline|advice line|conference|leaflets?|posters?|consultancy|audit|research|survey"
    r"|report)\b",
    re.IGNORECASE,
)

KINDS: dict[str, tuple[str, str]] = {
    # words that need a person beside them, and words that are about one person by themselves
    "personal-health": (
        r"diagnos\w*|disab\w+|medicat\w+|pregnan\w+|dementia|alzheimer\w*|depress\w+|anxiety|schizo\w+"
        r"|bipolar|psychosis|psychotic|psychiatr\w*|autis\w+|adhd|asperger\w*|epilep\w+|diabet\w+|cancer"
        r"|tumour|chemo\w*|stroke|hiv|aids|hepatitis|tuberculosis|"
        r"overdos\w+|self[- ]harm\w*|suicid\w+|alcohol\w*|addict\w+|heroin|cocaine|methadone|drug use\w*"
        r"|substance misuse|mental(?:ly)? (?:health|ill\w*)|learning (?:disabilit\w+|difficult\w+)"
        r"|wheelchair|incontinen\w+|catheter|dialysis|amputat\w+|paralys\w+|terminal(?:ly)?|palliative|"
        r"hospitali?[sz]\w*|surgery|operation|injur\w+|illness|sick(?:ness)?|disease|syndrome|sclerosis"
        r"|parkinson'?s|down'?s syndrome|cerebral palsy|miscarr\w+|abortion|ivf|transplant|asthma"
        r"|arthritis|ptsd|trauma|eating disorder|anorexi\w+|blind|deaf|prescri\w+|insulin"
        r"|antidepressant\w*|prozac|sertraline|"
        r"sectioned|detained under|section [23]\b|capacity|dols|bedridden|bed[- ]bound|frail|fell (?:down"
        r"|over|in|at|from)|had a fall|fracture\w*|broken|heart|kidney|liver|lung|blood|covid\w*|infect\w+"
        r"|gender reassign\w*|transition\w*|fit note|gp letter|occupational health|unfit",
        r"(?:was |been |is )?(?:diagnosed (?:with|as)|suffer(?:s|ing|ed) (?:from|with|a)|is (?:severely "
        r"|registered |profoundly )?(?:disabled|blind|deaf|pregnant|hiv|autistic|diabetic|terminally"
        r"|paralysed|bedridden)|(?:months|weeks) pregnant|has (?:dementia|cancer|autism|epilepsy|hiv"
        r"|diabetes|adhd|schizophrenia|depression|a learning disability|a heart)|attempted suicide|took an"
        r" overdose|tested positive|sectioned under|detained under (?:the mental|section|s)|lacks capacity"
        r"|history of (?:depression|self|mental|overdos|seizures|alcohol|drug))",
    ),
    "personal-care": (
        r"child protection|looked[- ]after|lac\b|foster\w*|adopt\w+|care (?:order|leaver|plan|proceedings"
        r"|package)|section (?:17|20|31|47)|s\.?(?:17|20|31|47)\b|safeguard\w*|neglect\w*|abus\w+|domestic"
        r" (?:abuse|violence)|dv\b|refuge|marac|idva|perpetrator|non[- ]molestation|restraining|violen\w+"
        r"|assault\w*|rape[ds]?|raping|rapist|"
        r"sexual\w*|exploit\w+|cse\b|groom\w+|gang|county lines|traffick\w+|fgm|honour|forced marriage"
        r"|beaten|beating|was hit|threaten\w*|stalk\w+|removed|unaccompanied|uasc|social worker|respite"
        r"|contact session|supervised contact|kinship|special guardian\w*|sgo\b|placement|court of"
        r" protection|deprivation|runaway|missing|excluded|exclusion|bruis\w+|paternity|custody|ehcp?"
        r"|sen\b|bullied|at risk",
        r"(?:placed|taken|accommodated|removed) (?:in|into|from|under|with) (?:care|foster|police"
        r" protection|the family|(?:his|her|the) (?:home|mother|parents|father)|emergency)|on (?:a |the )?"
        r"(?:child protection|cp|child in need|cin) (?:plan|register)|subject (?:to|of) (?:a |an )?(?:care"
        r"|child|emergency|supervision|interim|cp|full|forced|domestic)|fled (?:domestic|dv|violence|"
        r"(?:his|her|an?|violent|abusive)|abuse)|fleeing (?:domestic (?:abuse|violence)|violent|abusive|ex"
        r"|(?:his|her) )|victim of (?:domestic|rape|sexual|abuse|violence|modern|traffick\w+|a )|survivor"
        r" of|sexually abused|was (?:abused|raped|assaulted|beaten|groomed|trafficked|neglected)|became"
        r" looked after|in foster care (?:since|with)|foster child|foster carer (?:payment|allowance)? ?"
        r"(?:for|to|:|-) ?[A-Z]|unaccompanied (?:minor|child|asylum)(?!ren)(?! seeking children)",
    ),
    "personal-immigration": (
        r"asylum\w*|refugee|immigra\w+|nrpf|no recourse|leave to remain|ilr\b|deport\w+|overstay\w*"
        r"|illegal\w*|undocumented|visa|home office|settled status|pre-settled|eu settlement|naturalis\w+"
        r"|citizenship|stateless|detention centre|removal (?:centre|directions|order)|trafficked"
        r"|resettle\w+|right to (?:work|rent|reside)|national(?:ity)? of|entry clearance|smuggled",
        r"(?:claimed|seeking|refused|granted|applied for|awaiting|failed|denied|sought) (?:asylum|"
        r"(?:indefinite |discretionary |limited |exceptional )?leave to remain|refugee status|humanitarian"
        r"|settled status|citizenship|ilr)|(?:has|have|had|with|is) (?:no recourse|nrpf|indefinite leave"
        r"|pre-settled|settled status|limited leave|no leave|insecure immigration)|visa (?:expired"
        r"|overstay\w*|refused)|overstayed|over-?stayer|failed asylum seeker(?!s)|to be deported|facing"
        r" deportation|nrpf (?:family|client|mother|case|status)|entered the (?:uk|country)|illegal(?:ly)?"
        r" (?:entrant|immigrant|entered|in the (?:uk|country))|refugee from [A-Z]",
    ),
    "personal-offence": (
        r"convict\w+|offen[cd]\w*|arrest\w*|charged with|sentenc\w+|prison\w*|jail\w*|hmp\b|probation"
        r"|parole|on licence|caution\w*|criminal|theft|stole\w*|burgl\w+|robbery|assault\w*|murder\w*"
        r"|manslaughter|fraud\w*|shoplift\w*|drug dealing|supply|knife|stabb\w+|weapon|tag(?:ged)?\b"
        r"|curfew|bail|remand\w*|asbo|yot\b|youth justice|ankle|dbs|police|guilty|pleaded|magistrates"
        r"|crown court|sex offender|registered|gang|harass\w+|drink[- ]driv\w+|banned|anti-?social"
        r"|criminal behaviour|evaded|speeding",
        r"(?:was |been |is |has )?(?:convicted of|arrested (?:for|on|in)|charged with|sentenced to|found"
        r" guilty|pleaded guilty|released from (?:prison|hmp|custody|jail)|remanded (?:in|to)|in (?:prison"
        r"|custody|hmp)|on (?:probation|bail|remand|tag|licence|the sex offenders)|cautioned (?:for|by)"
        r"|registered sex offender|served \w+ (?:months|years)|criminal record|spent conviction|imprisoned"
        r"|previous convictions?|has a conviction|breach(?:ed)? (?:of )?(?:bail|probation|curfew|licence"
        r"|his|her)|under investigation for)",
    ),
    "personal-benefit": (
        r"benefits?|universal credit|\buc\b|housing benefit|hb\b|pip\b|dla\b|esa\b|jsa\b|income support"
        r"|pension credit|attendance allowance|carer'?s allowance|council tax (?:support|reduction|benefit"
        r"|arrears|debt)|ctr\b|free school meals?|fsm\b|food ?bank|hardship|dhp\b|discretionary housing"
        r"|crisis (?:loan|grant|payment)|household support|arrears|debt\w*|owe[sd]?|owing|bankrupt\w*"
        r"|iva\b|insolven\w+|ccj\b|bailiff\w*|liability order|attachment of earnings|evict\w+|possession"
        r" order|homeless\w*|rough sleep\w*|overpa\w+|repay\w*|sanction\w*|loan|payday|write[- ]?off"
        r"|unemployed|low income|means[- ]tested|rent deposit|squat\w*|intentionally homeless",
        r"(?:rent|council tax|ctax|c tax) arrears (?:of|for|owed|at|£|[-–:] ?[A-Z0-9])|(?:is|was|are|in"
        r"|fell into) (?:rent |council tax )?arrears|owes (?:£|the council|rent|council)|(?:claims"
        r"|claiming|receives|receiving|in receipt of|gets|entitled to|on|awarded|refused) (?:universal"
        r" credit|uc|housing benefit|hb|pip|dla|esa|jsa|income support|benefits|pension credit|attendance"
        r" allowance|carer'?s allowance|free school meals|fsm|disability living)|declared bankrupt|made"
        r" bankrupt|(?:made homeless|evicted from)|(?:is|was|been|became|being) (?:evicted|made homeless"
        r"|homeless|rough sleeping|sanctioned|unemployed|insolvent)|debt (?:of|owed by|write[- ]?off for"
        r"|for (?:the )?(?:above|client|tenant)) ?|overpaid (?:housing|hb|benefit|uc)|(?:hb|housing"
        r" benefit|benefit) overpayment (?:of|for|to|-|recover\w*|ref)|eviction of (?!the)|bailiff(?:s)? "
        r"(?:visit|instructed|attend\w*|sent)|liability order (?:against|granted|for)|(?:ccj|iva) "
        r"(?:against|for|registered|of)|discretionary housing payment (?:to|for)|hardship (?:payment|fund"
        r" payment|grant) (?:to|for)",
    ),
}
WORDS = {
    rule: (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), re.compile(rf"\b(?:{strong})", re.IGNORECASE))
    for rule, (words, strong) in KINDS.items()
}


def _tied_words(text: str, column: ScreenedColumn, rule: str) -> str:
    words, strong = WORDS[rule]
    if (not column.is_open and column.nature not in ("role", "organisation", "code")) or column.typed:
        return ""
    # a payee is called by its trade, so that single words say nothing of a person there
    found = "" if column.nature == "payee" else first_part(words, text)
    stronger = first_part(strong, text)
    if not found and not stronger:
        return ""
    if ONE.search(text) or ONE_ANY_CASE.search(text) or next(names_within(text), ""):
        return stronger or found
    return stronger if stronger and not MANY.search(text) else ""


FIND = {rule: partial(_tied_words, rule=rule) for rule in KINDS}
"""By rule: finds a word of its kind in a text that is about one person."""

CASE = re.compile(
    r"\b(?:(?:social (?:care|work|services)|safeguarding|child(?:ren)?'?s?|adult|asc|csc|client|case|crime"
    r"|police|incident|cad|crn|urn|court|probation|yot|marac|mash|lac|uasc|nrpf|sen|ehcp?|homeless"
    r"(?:ness)?|housing (?:options|register|application)|complaint|foi requester|mosaic|liquid ?logic"
    r"|framework-?i|care ?first|lcs|eclipse|person|service user|su|patient|hospital|mrn|pnc|pris(?:on"
    r"|oner)|custody|referral|tenancy|applicant|claimant|pupil|student|swift|azeus|capita one|synergy"
    r"|civica|northgate|jigsaw|locata|pnd|niche|family|fostering|adoption|blue badge|gp|nhs|emis|systmone"
    r"|ics|paris|rio)\b['’]?s?[ ]?){1,5}(?:file|record|reference|ref|number|num|no|id|case|urn|identifier"
    r"|system|application|pin|hash)?\b\.?[\s:#-]{1,3}"
    r"(?=[A-Z0-9/-]*\d{3})[A-Z]{0,5}[-/ ]?\d[\dA-Z/-]{2,16}\b",
    re.IGNORECASE,
)
PLAIN_NUMBERS = re.compile(r"\b(?:19|20)\d\d(?:[-/]\d\d)?\Z")
OF_CASES = re.compile(
    r"case|crime|police|client|safeguard|mosaic|liquid|person|service user|patient|prison|custody|court"
    r"|probation|crn|cad|urn|lac|mash|marac|referral|hospital|pupil|student|applicant|claimant|homeless"
    r"|framework|care ?first|social|complaint|register|child|adult|family|fostering|adoption|tenancy|su\b"
    r"|ehc|sen\b|nrpf|uasc|yot|mrn|pnc|blue badge|emis|systmone|jigsaw|swift|lcs|eclipse|incident",
    re.IGNORECASE,
)


def case_reference(text: str, column: ScreenedColumn) -> str:  # noqa: ARG001 - the signature of every pattern
    """Find the reference of a case about somebody: of social care, the police, a court, housing, a school."""
    return next(
        (m.group() for m in CASE.finditer(text) if OF_CASES.search(m.group()) and not PLAIN_NUMBERS.search(m.group())),
        "",
    )
