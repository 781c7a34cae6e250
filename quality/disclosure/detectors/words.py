"""Words about health, care, abuse, immigration, offences, benefits and debts that are tied to one person."""

from __future__ import annotations

import re
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from quality.disclosure.detectors.about_one import (
    ENOUGH,
    one_of,
    says_who,
    weight_of_one,
    weight_of_persons,
)
from quality.disclosure.detectors.pattern import ScreenedColumn, first_part


T = TypeVar("T", str, re.Pattern[str])


class Kind(NamedTuple, Generic[T]):
    """The words of one kind of personal data.

    `states`: only one person can be in them. `topics`: a note that has one is about a person, the name of a service has
    one as well. `words`: they are said of things too, so that somebody has to stand beside them.
    """

    states: T
    topics: T
    words: T


SICK = r"(?:is|was|being|is now|who is) (?:severely |registered |profoundly |clinically |terminally |very )?"
MEDICINE = (
    r"(?:meds|medication|medicine|lithium|methadone|insulin|oxygen|dialysis|chemo\w*|clozapine|warfarin|morphine"
    r"|antidepressants?|anti psychotics?|antipsychotics?|depot injections?|ventilator|drip|steroids|heroin|crack)"
)
LIMB = (
    r"(?:leg|arm|hip|ankle|wrist|foot|hand|knee|elbow|shoulder|pelvis|femur|collarbone|spine|skull|jaw|nose|ribs?|neck|toe"
    r"|finger|back|neck of femur)"
)
KIN = (
    r"(?:mum|mother|dad|father|parents?|nan|gran\w*|aunt\w*|uncle|sister|brother|family|(?:step|foster|birth)\w* \w+|mom"
    r"|relatives?)"
)
ABUSER = (
    r"(?:(?:his|her|their|the|an?|ex|violent|abusive|former|estranged) ){0,2}(?:partner|husband|wife|boyfriend|girlfriend|bf"
    r"|gf|ex|father|dad|mother|mum|son|daughter|brother|in laws?|uncle|family|stepfather|stepdad|relative|neighbour|gang"
    r"|lodger|landlord|carer|spouse|flatmate)"
)

HEALTH = Kind(
    states=one_of(
        r"diagnosed|diagnosis of|diag\.? \w+|suffer(?:s|ing|ed) (?:from|with|an? )|registered (?:blind|disabled)",
        rf"{SICK}(?:disabled|blind|deaf|pregnant|hiv|autistic|diabetic|ill|paralysed|bedridden|epileptic|frail|unwell)",
        r"(?:months?|wks?|weeks|heavily) (?:pregnant|pg)|gave birth|miscarri(?:ed|age)|miscarrying|terminally ill",
        r"(?:has|have|had|having|got|with|w/) (?:an? )?(?:early onset |severe |advanced |chronic |terminal |type [12] |lung"
        r" |breast |bowel |acute )?(?:dementia|cancer|autism|epilepsy|hiv|aids|diabetes|adhd|asd|schizophrenia|depression"
        r"|anxiety|copd|ms|mnd|ptsd|learning (?:disab|diff)\w+|heart|seizures?|stroke|fits?|miscarriage|breakdown"
        r"|amputation|hip replacement|alzheimer\w*|parkinson\w*|downs?|psychosis|asthma|arthritis|cerebral palsy|mh issues"
        r"|mental health (?:issues|problems|needs)|poor mental health)",
        r"attempted suicide|suicide (?:attempt|risk|watch)|suicidal|(?:took|taken|taking) an overdose|overdosed|od'd",
        r"self harm(?:s|ed|ing|er)|tested positive|hiv positive|hiv\+|hep c positive|lacks? (?:mental )?capacity",
        r"(?:lost|without|no|lacking|loss of) (?:mental )?capacity to|sectioned|under section [23]\b|detained under",
        r"(?:on|under) (?:an? )?(?:s|sec|section) ?[23]\b|cto recall|recalled to hospital|"
        r"history of (?:depression|self|mental|overdos|seizures|alcohol|drug|falls|substance|psych|suicid)",
        r"terminal (?:lung|breast|bowel|brain|liver|illness|cancer|prognosis|diagnosis)|stage [34] (?:\w+ )?cancer|end stage"
        r"|last (?:weeks|days) of life|insulin depend[ae]nt",
        r"amputat\w+ (?:of|left|right|above|below|both|leg|arm|foot)|amputee|lost (?:an? |his |her )?(?:\w+ )?(?:leg|arm|sight"
        r"|eyesight|hearing|limb)",
        rf"(?:stopped|refus\w+|not) (?:taking|using) (?:\w+ )?{MEDICINE}|(?:off|on) (?:his |her |their )?(?:home )?{MEDICINE}",
        r"(?:off|signed off|leave) (?:work )?(?:sick|ill|w/|with stress)|off sick|long term sick|stress related absence",
        r"doubl[ey] incontinen\w+|incontinent(?! products)|relapsed|psychotic (?:episode|break)|(?:mental|nervous) breakdown",
        r"hearing voices|hoarding disorder|extreme hoard\w+|post op\b|post (?:stroke|surgery|operation)|recovering (?:from"
        r"|alcoholic|addict)|alcoholic(?! (?:drink|bever))|drug addict|heroin (?:user|addict)|ex addict|in rehab|relapse into|drinking heavily",
        r"(?:partially|partly) sighted|sight impaired|(?:going|almost|nearly|totally|born) blind|non ?verbal|profoundly deaf",
        r"wheelchair (?:bound|dependent)|(?:uses|in) (?:a )?wheelchair|bed ?bound|house ?bound|bedridden|fell (?:down|over|at"
        r" home|out of bed|in (?:bath|shower))|had a fall|after (?:a )?(?:fall|stroke|op)\b|(?:recent|bad) fall",
        rf"(?:broke|broken|fractured|fracture|shattered|dislocated) (?:\w+ )?{LIMB}|#nof|(?:new|replaced|replacement) (?:hip"
        r"|knee)|(?:hip|knee|kidney|liver|heart|lung) (?:replacement|transplant|op\b|surgery)",
        r"(?:left|right|one) side(?:d)? (?:weakness|paralysis)|paralysed (?:from|down|after|by)|paraplegic|tetraplegic",
        r"quadriplegic|brain (?:injury|injured|damage|tumour|haemorrhage)|kidney (?:dialysis|failure)|(?:on|renal) dialysis",
        r"heart (?:attack|failure|condition|bypass|operation|op\b)|(?:breast|lung|bowel|prostate|brain|throat|skin|liver"
        r"|ovarian|cervical) cancer|leuk[ae]+mia|muscular dystrophy|motor neurone?|spina bifida|cystic fibrosis|lymphoma"
        r"|huntington'?s|paranoid schiz\w+|schizophrenic|bipolar(?! uk)|anorexi[ca]|bulimi[ca]|severe(?:ly)? (?:anxiety|autis"
        r"|depress|mental|asthma|epilep|learning|disab|arthritis)",
        r"peg fed|tube fed|stoma bag|colostomy|catheter(?:ised)|tracheostomy|ventilated|pressure sores?|bariatric (?:client"
        r"|patient|bed)|medically (?:unfit|retired)|ill health retire\w*|unfit for work|chronic (?:pain|fatigue|illness)|can't"
        r" (?:walk|see|hear|speak|manage stairs)|cannot (?:walk|see|hear|speak|manage stairs)|unable to (?:walk|see|speak)",
        r"(?:on )?med(?:ical)? grounds|on health grounds|critically ill|seriously ill|in (?:a )?coma|in icu|in intensive care",
        r"transition(?:ed|ing) (?:from|to) (?:male|female|m|f)\b|gender reassign\w+ (?:surgery|op)|trans (?:man|woman|teen)",
    ),
    topics=one_of(
        r"dementia|alzheimer\w*|depress(?:ion|ed|ive)|anxiety|schizo\w+|bipolar|psycho(?:sis|tic)|psychiatr\w*|autis\w+",
        r"adhd\b|asd\b|asperger\w*|epilep\w+|seizures?\b|diabet\w+|cancer|tumou?r|chemo\w*|radiotherapy|stroke\b|tia\b|hiv\b",
        r"aids\b|hepatitis|hep [bc]\b|tuberculosis|tb\b|overdos\w+|self harm\w*|suicid\w+|alcohol\w*|addict\w+|heroin|cocaine",
        r"methadone|drug (?:use|misuse|habit|problem|depend)\w*|substance (?:misuse|abuse)|mental(?:ly)? (?:health|ill\w*)",
        r"learning (?:disab\w+|diff\w+)|incontinen\w+|catheter|dialysis|amputat\w+|paralys\w+|terminal(?:ly)? (?:ill|cancer)",
        r"palliative|end of life|hospice|parkinson'?s?|down'?s syndrome|cerebral palsy|miscarr\w+|abortion|ivf\b|transplant",
        r"asthma\w*|arthriti[sc]|copd\b|emphysema|ptsd\b|ocd\b|eupd\b|bpd\b|personality disorder|eating disorder|anorexi\w+",
        r"bulimi\w+|insulin|antidepressant\w*|prozac|sertraline|lithium|clozapine|sclerosis|pregnan\w+|detox\b|rehab\b",
        r"chronic|sight loss|sight impair\w*|hearing (?:loss|impair\w*)|deaf\w*|blind(?:ness)?\b|stoma\b|brain injur\w+",
        r"sickle cell|lupus|crohn'?s|colitis|fibromyalgia|eczema|sepsis|ulcers?\b|pneumonia|bronchi\w+|obes\w+|bariatric",
        r"wheelchair (?:user|bound)|ms (?:deteriorat|relaps|suffer|patient|nurse)\w*|mnd\b|fit note|hoarding|hoarder|speech"
        r" delay|tourette'?s|dyslexi[ac]|dyspraxi[ac]|gender reassign\w*|covid (?:positive|isolat)\w*|long covid|frail\w*",
        r"psych ward|still ?birth|stillborn|bereaved|mental breakdown|postnatal|post natal depress\w+|nervous breakdown|mobility (?:issues|problems|needs)",
        r"hypertension|osteopor\w+|thyroid|migraines?|scoliosis|hemiplegi\w+|haemophili\w+|angina|pacemaker|prosthe\w+",
    ),
    words=one_of(
        r"disab\w+|medicat\w+|wheelchair|hospitali?[sz]\w*|operation\b|injur\w+|illness|sick\b|sickness|disease|syndrome",
        r"trauma\w*|prescri\w+|detained|capacity|dols\b|liberty|amhp|mha\b|mental|mh\b|gp letter|occupational health|unfit",
        r"infect\w+|covid\w*|fracture\w*|in hospital|hosp\b|surgery|surgeon|wounds?\b|bruis\w+|drugs?\b|needles?\b|oxygen",
        r"stress\b|ill health|vulnerab\w+|memory (?:loss|clinic|problems)|confus(?:ed|ion)|wander(?:s|ing)|hoist|occupational"
        r" therap\w+|physio\w*|counselling|gender|transition\w*|falls?\b|fell\b"
        r"|unconscious|collapsed|vomit\w*|nosebleed|scabies|lice\b|allerg\w+|anaphyla\w+|nut allergy|epipen|birth\b",
        r"bed bug bites|sectioned|crutches|prosthetic|hearing aids?|pip\b|chc\b|ot\b"
        r"|continence|pads\b|tracheo\w*|ventilator|unwell|mobility (?:aid|scooter)|ld\b|asc\b|sen\b|dying|died",
    ),
)

CARE = Kind(
    states=one_of(
        rf"(?:placed|taken|accommodated|removed|moved|received|put) (?:back )?(?:in|into|from|under|with|by) (?:care\b|foster"
        rf"|police protection|emergency|(?:his|her|the) (?:home\b|mother|parents|father)|{KIN}|kinship)",
        r"(?:child|baby|children|kids|siblings?|newborn|twins|boy|girl)(?: were| was)? (?:removed|taken|accommodated|placed)",
        r"removed (?:from|at) (?:parents|birth|home\b|mum|mother|dad|father|family)|return(?:ed|s)? home (?:to|from|failed)",
        r"on (?:a |the )?(?:child protection|cp|child in need|cin|care) (?:plan|register)|(?:back|came|entered|comes?) into care",
        r"subject (?:to|of) (?:a |an )?(?:care|child|emergency|supervision|interim|cp|full|forced|domestic|sgo|s47|section)",
        r"(?:interim|full|emergency)? ?(?:care|supervision|protection|adoption|placement|recovery) order (?:granted|made|on|for)",
        r"bec(?:a|o)me (?:looked after|lac\b)|ceased (?:to be )?(?:lac|looked)|in foster care (?:since|with)|foster child\b",
        r"sibling group of|unaccompanied (?:minor|child|asylum)(?!ren)(?! seeking"
        r" children)|s\.?20 (?:accom\w*|agree\w*|placement)|s\.?47 (?:enq\w*|invest\w*)|placement (?:broke|breaking|breakdown"
        r"|disrupt\w*|ended|failed|at risk)|(?:adoption|foster placement|fostering) (?:breakdown|broke|disrupt\w*)",
        r"at risk (?:of|from) (?:harm|cse|neglect|exploit\w*|exclu\w*|gang|abuse|sexual|significant|removal|care\b)",
        r"bruis\w+ (?:to|on)|non accidental|(?:emotional|significant|physical|sexual) (?:harm|abuse)(?! (?:service|team|train))",
        r"neglect concerns?|neglected|(?:cp|cin|child in need|child protection) plan(?! (?:review)?s?\b)|putative father",
        r"(?:gone|went|reported|goes) missing|missing (?:episodes?|from (?:home|care|placement)|since)|abscond\w*|ran away",
        rf"(?:contact|family time) (?:w/?|with|for|visit|between|btwn) ?{KIN}|(?:lac|cla|uasc) (?:boy|girl|child|yp|sibling|aged"
        r"|male|female|baby|teen)|age disputed?|age assess\w+ (?:as|of|for|found)|disputed? age|excluded from (?:school|pru|\w+ "
        r"(?:school|academy))|permanently excluded|perm ex\b|(?:mother|mum|parent|father) (?:and|&) (?:baby|child) (?:assess\w*"
        r"|placement|foster\w*)\b|taken to place of safety|police protection|pre birth assess\w*|step(?:ped|ping)? down from"
        r"|secure (?:order|bed|unit bed|placement)|welfare (?:secure|grounds)|looked after (?:child|boy|girl|baby)\b",
        r"hair strand test\b(?! kits?)|dna test\b|paternity test\b|life story (?:work|book)\b|wishes and feelings|goodbye contact|final contact",
        r"(?:child|siblings|kids|yp|baby|boy|girl) in care\b(?! (?:council|team|service|nurse|award))|"
        r"kinship (?:carer \(|place)|sgo (?:allow\w*|payment) (?:to|for)|special guardian(?:ship)? (?:to|for|of) (?!the)",
        # domestic abuse
        r"fled|fleeing|flees|escap(?:ed|ing|es) (?:from |an? |her |his )?(?:dv|d\.v\.|domestic|abus\w+|violen\w+|partner|ex\b"
        r"|husband|home)|left (?:him|her|violent|abusive) (?:husband|partner|relationship|&|and|now|last|after)",
        r"victims? of (?:domestic|dom\b|rape|sexual|abuse|violence|modern|traffick\w+|dv|dva|da\b|ex|a |honour|forced)",
        r"survivor of|sexually (?:abused|assaulted|exploited)|raped|was (?:abused|assaulted|beaten|groomed|trafficked|attacked)",
        rf"(?:hit|beaten|assaulted|attacked|punched|strang\w+|chok\w+|kicked(?: out)?|threatened|stabbed|abused|stalk\w+"
        rf"|harass\w+|control\w*|violence|abuse|threats|assault|beating|raped?|coerc\w+|hurt|injured|bruised|scared|afraid"
        rf"|frightened) (?:\w+ )?(?:by|from|of) {ABUSER}",
        r"beaten (?:up|by)|(?:violent|abusive|controlling) (?:ex\b|husband|partner|father|dad|relationship|boyfriend|wife|son"
        r"|family|marriage|home|stepfather)|ex (?:partner|husband|wife|boyfriend|bf|girlfriend)",
        r"(?:afraid|scared|frightened|unsafe|not safe|too scared|can't|cannot) to (?:go|return|stay|be|live)",
        r"perp(?:etrator)? (?:removed|bailed|knows|lives|has|arrested|released|found|evicted|is\b|was\b|still|at\b|in\b|traced"
        r"|broke|kicked|turned)|witness(?:ed|ing) (?:dad|mum|father|dv|domestic|violence|abuse|assault)",
        r"(?:dv|d\.v\.|dva|da|domestic abuse|domestic violence|dom abuse|rape|abuse) (?:victim|survivor|disclosure)\b(?! support)",
        r"clare's law|non ?mol\w* (?:order|granted|breach|injunction|app)|occupation order|restraining order (?:on|against|vs)",
        r"forced marriage (?:protection|order|risk|victim|case)|fgm (?:protection|risk)|honour based (?:abuse|violence) risk",
        r"do not disclose (?:the )?address|address (?:is )?(?:confidential|withheld)|panic (?:alarm|room) (?:fit|inst)\w+"
        r"|high risk (?:dv|d\.v|da\b|domestic|marac|victim|client|case)|tracks? (?:her|his|hers)|strangulation|coercive control"
        r" by|refuge (?:bed|place|space|room) (?:for |\w+ )?(?:woman|mum|mother|client|lady|her|female|victim|she|family|and"
        r"|2|3|\+)|hiding from|emergency refuge|move to refuge|(?:to|from|in|into) (?:a )?refuge\b|domestic homicide of",
    ),
    topics=one_of(
        r"child protection|looked after|lac\b|cla\b|foster\w*|adopt(?:ed|ion|er|ive)\w*|care (?:orders?|proceedings)\b|care"
        r" leavers?|section 47|s\.?(?:17|20|31|47)\b|safeguard\w*|neglect\w*|sgo\b|special guardian\w*|kinship|connected"
        r" person|respite|contact (?:session|centre|supervis\w+|arrange\w*|visit)|supervised contact|family time",
        r"secure (?:unit|home|accom\w*|children'?s)|(?:mother|mum|parent) (?:and|&) (?:baby|child)|parenting (?:assess|prog|cap)",
        r"drugs? test|hair strand|secure (?:transport|escort)|reg(?:ulation|\.)? 24|fgc\b|dna\b|life story|child(?:ren)?'?s?'? (?:home|hme|resid\w*)|supported lodgings|semi ?indep\w*",
        r"staying put|ind(?:ependent|\.)? visitor|edge of care|child in need|cin\b|cse\b|cce\b|county lines|early help|camhs",
        r"reunif\w+|wardship|pre birth|uasc\b|unaccompanied|court of protection|runaway|paternity|custody of|residence order"
        r"|pathway plan|personal adviser|setting up home|leaving care|section 20 (?:accom|agree|parent|child)\w*|ehcp?\b"
        r"|alternative provision|school refus\w+|bullied|bullying|exclu(?:ded|sion) from|pru\b|looked-after|corporate parent",
        # domestic abuse
        r"dv\b|d\.v\b\.?|dva\b|domestic (?:abuse|violence|incident)|dom\.? (?:abuse|viol\w*)|refuge\b|marac\b|idva\b|isva\b|perp\b"
        r"|perpetrator|non ?mol\w*|occupation order|coerci\w+|strangl\w+|stalk\w+|honour based|forced marriage|fgm\b|rape[ds]?\b"
        r"|rapist|sexual (?:abuse|assault|violence|exploit\w*|harm)|sanctuary (?:scheme|works?|measures?|room)|target harden\w*"
        r"|panic (?:alarm|room|button)|clare's|violent|violence|abus(?:e|ed|ive|er)\b|traffick\w+|modern slavery|groom(?:ed|ing)"
        r"|daha\b|safe (?:house|accom\w*|address)|gaslight\w*|controlling|controls (?:her |his |all |the )*(?:money|finances)|(?:financial|economic) (?:abuse|control)|estranged|death threats?|acid attack|in laws\b|assaulted",
    ),
    words=one_of(
        r"section (?:17|20|31)|care (?:plan|package|home)|removed|placement|placed|missing|excluded|exclusion|custody|sen\b"
        r"|at risk|assault\w*|sexual\w*|exploit\w+|gang\b|restraining|injunction|beaten|beating|hit\b|hits\b|threat\w*|honour"
        r"|social worker|deprivation|bruis\w+|contact\b|parenting|therap\w+|in care\b|accommodated|lodgings|residential|nurser\w+"
        r"|violen\w+|attack\w*|punch\w*|harass\w*|lock change|partner\b|fear\b|unsafe|safety|slapped|controls?\b|afraid|scared"
        r"|separat\w+|respite|childmind\w*|visitor|tutor\w*|mentor\w*|supervision|harm\b|abscond\w*|adoptive|semi indep\w*"
        r"|key ?work\w*|allocat\w+|parental|baby|nappies|family support|looked|carer\b|kin\b|guardian\w*|youth worker|orphan\w*",
    ),
)

ORIGIN = (
    r"(?:afghan|syrian|eritrean|iranian|iraqi|kurdish|kurd|sudanese|somali|ethiopian|vietnamese|albanian|ukrainian|nigerian"
    r"|ghanaian|jamaican|pakistani|bangladeshi|indian|brazilian|romanian|bulgarian|polish|turkish|chinese|congolese|gambian"
    r"|libyan|egyptian|sri lankan|tamil|yemeni|palestinian|zimbabwean|ugandan|kenyan|algerian|moroccan|colombian|bolivian"
    r"|venezuelan|philippino|filipin[oa]|roma|eu|eea|non eu|foreign|hong kong|hk|russian|lithuanian|portuguese|italian|spanish)"
)
COUNTRY = (
    r"(?:ukraine|afghanistan|syria|eritrea|iran|iraq|sudan|somalia|ethiopia|vietnam|albania|nigeria|ghana|jamaica|pakistan"
    r"|bangladesh|india|brazil|romania|turkey|china|congo|drc|kabul|calais|libya|sri lanka|yemen|gaza|hong kong|zimbabwe"
    r"|uganda|kenya|colombia|venezuela|abroad|gambia|sierra leone|guinea|mali|cameroon|morocco|algeria|egypt|bulgaria)"
)
STATUS = (
    r"(?:asylum|(?:indefinite |discretionary |limited |exceptional |further )?leave(?: to remain)?|refugee status|ilr\b|llr\b"
    r"|humanitarian|settled status|pre settled|citizenship|status\b|visa|naturalisation|recourse)"
)
IMMIGRATION = Kind(
    states=one_of(
        rf"(?:claim(?:ed|ing|s)|seeking|refused|granted|applied for|applying for|awaiting|failed|denied|sought|given|got|lost"
        rf"|has|have|had|with|limited to) {STATUS}(?! seekers)(?! seeking children)",
        r"(?:asylum|visa|ilr|hc2|leave|ho|fltr|flr|home office|nrm|human rights|art(?:icle)? 8) (?:claim|appeal|application|app|ap"
        r"|decision|interview|case)? ?(?:refused|granted|pending|rejected|submitted|dismissed|outstanding|exhausted|lodged"
        r"|awaited|expired|fee paid|withdrawn|revoked|curtailed)|appeal rights exhausted|rights exhausted",
        r"(?:has|have|had|with|is|as) (?:no recourse|nrpf|insecure immigration|no leave|irregular)|nrpf condition"
        r"|(?:no|without|insecure|irregular|unclear|uncertain) (?:settled |immigration |legal |immig |valid )?(?:status|leave|visa"
        r"|papers)|no papers|no id or papers|over ?stay(?:er|ed|ing)s?|(?:visa|brp|leave|permit|llr|passport) (?:has |had )?(?:expired"
        r"|expires|overstay\w*|refused|run out|ran out|curtailed|lapsed)|expired (?:visa|brp|leave|permit)",
        r"failed asylum seeker(?!s)|to be deported|facing (?:deport\w+|removal)|deport(?:ed|ation) (?:order|to|from|notice|next)?"
        r"|removal directions|nrpf (?:family|client|mother|mum|case|status|lady|man|woman|male|female|single|adult|couple|sub)",
        r"entered the (?:uk|country)|illegal(?:ly)? (?:entr\w+|immigrant|in the (?:uk|country))|(?:clandestine|illegal) entr\w+"
        r"|refugee from|(?:arrived|came|coming|smuggled|brought|entered|travelled|flew|fled) (?:in |to |into )?(?:uk |here |the uk )?"
        rf"(?:by|from|on|in|via|w/|with|under) (?:a )?(?:lorry|boat|dinghy|small|visa|{COUNTRY})|client from {COUNTRY}",
        rf"{ORIGIN} (?:national|citizen|family|boy|girl|youth|male|female|man|woman|mother|mum|minor|child|client|couple|lady|"
        rf"teen\w*|yp|father|dad|refugee|asylum seeker|uasc|passport holder|guest|single|gent)\b|(?:from|to) {COUNTRY} (?:w/|with"
        r"|via|one|on|in|after|as|alone|without|by)|age disput\w+",
        rf"(?:removed|returned|returning|deported|sent|flown|flight|flew|going) (?:back |home )?to {COUNTRY}|undocumented|zambrano|stateless|sans papiers|voluntary return|assisted return|trafficked|victim of trafficking|ex vot\b"
        r"|(?:detained|held|bailed|released) (?:at|from|in|to) (?:yarl|harmondsworth|colnbrook|brook house|immigration|tinsley"
        r"|an? irc|irc|removal)|immigration (?:bail|detention|status|offender|tag)|regularis\w+|(?:spouse|spousal|student|visitor"
        r"|fianc\w+|carer|work|family|dependant|marriage) visa|limited leave|awaiting (?:3c|home office|ho\b|nrm|brp|biometric)"
        r"|3c leave|biometric (?:app\w*|enrol\w*|fee)|(?:ilr|citizenship|naturalisation|visa|mn1|flr|passport) (?:reg\w*\.? )?"
        r"(?:app\w*|fee|cost|test)|leave to remain (?:for|app|fee|granted|expired|refused|to )|nrm referral|asylum (?:claim|refused"
        r"|appeal|interview|support ended|support stopped)|s\.?95 (?:ended|stopped|refused)|(?:move on|28 day|eviction) notice from"
        r"|(?:28|56) day(?:s)? (?:notice|move)|host(?:s|ing)? (?:broke|breakdown|asked|family broke|arrangement|withdrew)",
        r"(?:right to|no right to) (?:reside|rent|work) (?:failed|refused|check failed|expired|not)|not (?:habitually resident"
        r"|eligible for (?:hb|uc|benefit\w*|housing|public))|failed (?:hrt|habitual)|dublin (?:iii|return|transfer)|family reunion",
    ),
    topics=one_of(
        r"asylum\w*|refugees?\b|nrpf\b|no recourse|leave to remain|ilr\b|llr\b|dlr\b|flr\b|deport\w+|overstay\w*|visas?\b|brp\b|nass\b",
        r"uasc\b|arap\b|acrs\b|vprs?\b|vprss\b|ukrs\b|resettle\w+|settled status|pre settled|eu settlement|euss\b|citizenship",
        r"naturalis\w+|stateless|immigration|immig\b|oisc\b|human rights assess\w+|hra\b|trafficked|nrm\b|smuggled|entry clearance",
        r"small boats?|channel crossing|zambrano|bridging (?:hotel|accom\w*)|homes for ukraine|h4u\b|ukrain\w+|afghan\w*|syria\w*",
        r"eritrea\w*|removal (?:centre|directions|order)|detention centre|irc\b|home office (?:refus|reject|decision|letter)\w*|hc1"
        r"|esol|public funds|dispersal|initial accom\w*|contingency hotel|undocumented|illegal (?:work|immig|entr)\w*|repatriat\w+",
    ),
    words=one_of(
        r"immigra\w+|illegal\w*|undocumented|home office|right to (?:work|rent|reside)|national(?:ity)? of|nationality|border force"
        r"|removal order|foreign national|passport|overseas|embassy|migrant|lorry|calais|dinghy|repatriat\w+|traffick\w+|biometric\w*"
        rf"|status\b|{ORIGIN} (?:speak\w*|interp\w*|born|origin)|destitut\w+|solicitor oisc|port of entry|detained|host\b|guest\b",
    ),
)

OFFENCE = Kind(
    states=one_of(
        r"(?:was |been |is |has |since )?(?:convicted|conviction for|arrested|charged w/|charged with|sentenced(?: to)?|found guilty"
        r"|pleaded guilty|plead guilty|pled guilty|guilty plea|re ?offended|imprisoned|incarcerated|jailed|locked up|burgled house)",
        r"(?:released|release|out|just out|coming out|home|returned|recalled|transfer\w*|going|sent|back) (?:from|of|to|into|in|on)"
        r" (?:prison|hmp|custody|jail|hmyoi|yoi|feltham|remand|licence|pentonville|wandsworth|brixton|belmarsh|scrubs|wormwood"
        r"|thameside|holloway|bronzefield|isis|rochester)|remanded|remand (?:bed|placement|to|in|at|foster|fostering|home)",
        r"in (?:prison|custody|hmp|jail|yoi|police custody)|on (?:probation|bail|remand|tag|licence|parole|the sex offenders"
        r"|a community order|curfew)|hmp [A-Z]\w+|cautioned (?:for|by)|(?:youth|police|adult|conditional) caution",
        r"(?:registered )?sex offender(?: regist\w+|s regist\w+|\b)|served \w+ (?:months|years|mths|yrs)|criminal (?:record"
        r"|convictions?)|(?:spent|unspent|previous|prior|drug|driving|assault|theft|fraud|robbery|\d+|his|her|has|a|subletting"
        r"|burglary|gbh|abh|sexual|violent|knife) (?:convictions?|offending|offences|prison sentence)|conviction (?:over|spent|quash)"
        r"|breach(?:ed|es)? (?:of )?(?:bail|probation|curfew|licence|his|her|tag|asbo|injunction|cbo|order|asb)|(?:injunction|order"
        r"|bail|asbo|cbo|licence|tag|curfew) breach\w*|under investigation for|suspended sentence|custodial sentence|life sentence"
        r"|community (?:sentence|payback order|order)|\d+ (?:days?|wks?|weeks?|mths?|months?|yrs?|years?) (?:custody|prison|in prison|jail"
        r"|inside|sentence|imprisonment|suspended|licence|ban|community)",
        r"(?:tag|ankle tag) (?:fitted|removed|on|cut)|tagged|curfew(?:ed)? (?:\d|to|at|until|from|tag|between)|caught (?:shoplift\w*"
        r"|stealing|with|w/|dealing|carrying|selling|on cctv)|dismissed (?:for|after)?\W{0,2}(?:theft|fraud|gross|stealing|assault)"
        r"|(?:sacked|suspended|disciplined) (?:for|after|re) (?:theft|fraud|assault|stealing|drink)|drink (?:/ ?)?(?:drug )?driv\w+ (?:ban"
        r"|conviction|offence|charge)|(?:licence|badge) revoked|banned from driving|disqualified driver|driving ban",
        r"mappa\b|(?:has|got|given|breach\w*|on|an) (?:asbo|cbo)|dbs (?:shows|showed|disclos\w*|reveal\w*|positive|flag\w*|came back|hit"
        r"|blemish\w*|convict\w*)|unlawful profit order|cannabis (?:farm|factory|grow|found)|(?:knife|gun|drugs?|weapon|firearm|class a)"
        r" possession|possession of (?:a |an )?(?:knife|cannabis|class|drugs?|weapon|firearm|blade|offensive|indecent)|ex offender\b"
        r"|ex (?:prisoner|con)\b|prison leaver\b|referral order|youth rehab\w* order|yro\b|dto\b|detention and training|closure order"
        r"|(?:gbh|abh) (?:on|of|charge|assault|victim)|drug deal(?:ing|er)|dealing drugs|selling drugs|pwits|county lines (?:involve|victim|runner|exploit|risk)\w*"
        r"|(?:convicted|registered|known|dangerous) (?:offender|paedophile|arsonist|rapist|burglar)|paedophil\w+|murderer|charged"
        r" (?:for|over|re)|awaiting (?:trial|sentenc\w*|plea)|appeared (?:at|in|before) (?:\w+ )?(?:court|mags|magistrates)"
        r"|bail (?:address|condition\w*|hostel for|to)|bailed to|gang (?:member|nominal|affiliat\w*|involve\w*|injunction)|recalled to"
        r" prison|licence (?:recall|condition)s?|on the run|wanted for|arrest warrant|pre sentence report|psr\b|nominal\b"
        r"|(?:fined|fine) (?:£|\d)|(?:prosecuted|fined|cautioned) (?:for|£|\d)|(?:fraud|benefit|subletting|blue badge) prosecut\w+,"
        r"|benefit fraud (?:prosecution|conviction|case against)",
    ),
    topics=one_of(
        r"convict\w+|offend(?:ed|er|ing)\b|arrest(?:ed|s)?\b|sentenc\w+|prison\w*|jail\w*|hmp\b|yoi\b|probation|parole|on licence|bail\b",
        r"remand\w*|custody|cautioned|shoplift\w*|drug deal\w*|stabb\w+|curfew|asbo\b|cbo\b|yos\b|yot\b|reparation|manslaughter",
        r"sex offen\w+|mappa\b|drink driv\w+|pleaded|guilty|cuckoo\w*|county lines|gbh\b|abh\b|benefit fraud|tag fitted|ex offender"
        r"|indecent|paedo\w*|murder(?:ed|er)|firearm|knife (?:possess|carry|arch)\w*|criminal (?:record|convict)\w*|iopc|closure order"
        r"|youth justice|kerb crawl\w*|soliciting for|begging|joint enterprise|gang (?:involve|member|affil)\w*|prosecuted|injunct\w+",
    ),
    words=one_of(
        r"offen[cd]\w*|charged\b|caution\w*|criminal\w*|theft|stole\w*|steal\w*|burgl\w+|robb\w+|assault\w*|murder\w*|fraud\w*|knife",
        r"weapons?\b|tag(?:ged)?\b|police|magistrates|mags\b|crown court|court|dbs\b|registered|gang\b|harass\w+|banned|anti ?social|asb\b"
        r"|evaded|evasion|speeding|drugs?\b|cannabis|arson\w*|criminal damage|vandal\w*|injunction|prosecut\w+|trial\b|dismissed"
        r"|disciplinary|misconduct|cruelty|subletting|sublet|fly ?tipp\w+|misuse|guns?\b|threats?\b|threaten\w*|violent|restraining"
        r"|detained|licence\b|crime\w*|summons\w*|bailiff|warrant|fined|fine\b|ankle|supply\b|handling stolen|nuisance|perjury|affray"
        r"|forged?|forgery|smuggl\w+|graffiti|rioting|trespass\w*|squat\w*|evict\w*",
    ),
)

BENEFIT_NAME = (
    r"(?:universal credit|uc|housing benefit|house\.? benefit|hb|pip|dla|esa|jsa|income support|benefits?|pension credit"
    r"|attendance allow\w*\.?|carer'?s'? allow\w*\.?|free school meals?|fsm|disability living|ctr|cts|ctb|ctax support|council tax"
    r" (?:support|reduction|benefit)|jobseekers?\w*|job seekers?|tax credits?|low income|means tested benefits?|state pension"
    r"|housing element|winter fuel|dhp|child benefit|maternity allow\w*|carers\b(?! (?:assess|support|centre|service|group|project|grant)\w*)|ssp|sickness benefit|personal independence)"
)
BENEFIT = Kind(
    states=one_of(
        rf"(?:claim(?:s|ing)|receiv(?:es|ing|ed)|in receipt of|gets|getting|entitled to|on|onto|awarded|refused|lost|applied for"
        rf"|waiting for|awaiting|moved to|living on|recovered from|deducted from|because of|eligible for|not on|no longer on|failed"
        rf"|appeal\w* (?:for|against|re)|gets?) (?:full |enhanced |standard |higher |his |her |a )?{BENEFIT_NAME}\b(?! (?:subsid\w+"
        rf"|team|claims|service|admin|overpayments|grant|scheme))",
        rf"{BENEFIT_NAME} (?:has |was |is |been )?(?:stopped|suspended|refused|ended|in payment|not in payment|reduced|cancelled|capped"
        r"|sanction\w*|backdated|declined|pending|delayed|withdrawn|terminated|full|shortfall|tribunal|award(?:ed)?|claimant|appeal"
        r"|not paid|paid to|overpaid|cut\b|claim (?:refused|closed|pending|made|from))",
        r"(?:made|is|was|being|been|became|now|street|currently|found|intentionally|deemed|unintentionally|roofless) homeless"
        r"|homeless (?:again|since|after|due|from|duty|tonight|now|as|single|male|female|man|woman|family w|client|couple|lady|and)",
        r"sofa surf\w*|rough sleeping (?:in|under|at|near|since|by|with|behind|male|female|client)|sleep(?:s|ing) (?:rough|in (?:a |his"
        r" |her )?(?:car|tent|van|park|doorway|shed|garage|stairwell)|on)|rough sleeper\b(?! (?:initiative|service|grant|team|out))"
        r"|\bnfa\b|no fixed (?:abode|address)|living (?:in|out of|on) (?:a |his |her |the )?(?:car|tent|van|garage|shed|street\w*|streets"
        r"|hostel|b&b|one room)|(?:evicted|eviction) (?:by|from|due|date|on|for|s21|notice|tomorrow|friday|after|today|with|w/|of (?!the))"
        r"|evicted|(?:s|section) ?21 (?:notice\b|served|from|expired|evict\w*)|notice to quit|ntq\b|kicked out|thrown out|asked to leave"
        r"|(?:relief|main|prevention|full|interim|homeless|housing|s193|s188|s184)(?: housing)? duty (?:accepted|discharged|owed|ended"
        r"|to|declined|decision)|priority need|non priority|intentionally homeless|no (?:other )?income|no money|no food|skint|destitute"
        r"|sanctioned|benefit cap(?:ped)?|bedroom tax|(?:rent|hb|uc|lha) shortfall|passported|main duty|swep (?:bed|placement|hotel)"
        r"|unemployed(?! (?:people|residents|claimant))|lost (?:his |her |their )?job|made redundant|food ?bank (?:voucher|referral|parcel)"
        r"|zero hours|out of work|night ?stop|housing first (?:tenant|client|flat)|(?:tent|belongings) (?:removed|stored)|hosp\w* discharge"
        r",? nfa|(?:discretionary housing payment|dhp|hardship (?:payment|fund payment|grant|award)|crisis (?:loan|grant|payment|award))"
        r" (?:to|for|award|clear\w*|tenant|approved|towards|paid)|dhp (?:to|for|award|top|help|shortfall|paid|rent|covers?)",
        # debts
        r"(?:rent|council tax|ctax|c/?tax|c tax|hb|service charge|mortgage|water|gas|electric\w*|fuel|dinner|meter|payday|catalogue"
        r"|credit card|nursery|care charge\w*|gambling|phone|personal) (?:arrears|debts?)\W? ?(?:of|for|owed|at|£|by|paid|cleared|:|\d"
        r"|now|still|due|due to|tenant|client|letter to|help|w/o|written|repay)|(?:is|was|are|in|into|had|has|with|w/|clear(?:s|ed)?"
        r"|off|his|her|of|paid) (?:the |rent |council tax |ctax |his |her )?arrears\b(?! (?:team|recovery|service|letters))|arrears (?:cleared"
        r"|of|paid|to (?:prevent|stop|avoid)|£|\d|w/o|notice|owed|still|rising|since|due|by)",
        r"owes|owed (?:by|£)|owing (?:£|by|\d|to landlord)|in debt|(?:multiple|huge|large|gambling|his|her|mum's) debts?|debts? (?:\d|£|of"
        r"|owed|written|due|w/o|relief order|management plan|to (?:loan|his|her|council)|for (?:the )?(?:above|client|tenant)|mum|dad|by)"
        r"|declared bankrupt|made bankrupt|bankrupt\b|went bankrupt|iva (?:approved|agreed|failed|against|for|registered|of|in place|set)"
        r"|iva\b(?! fee)|(?:ccj|iva) (?:against|for|registered|of)|ccj\b(?! (?:fees|batch))|dro (?:granted|fee|approved|made|app)|debt relief order",
        r"(?:charging|liability|possession|bankruptcy|sale|attachment) order (?:against|granted|for|on|made|obtained|\d|registered|current"
        r"|suspended|ctax|by|tenant|client|unpaid|issued)|breathing space (?:morat\w*|start\w*|granted|client|appl\w*|applied)|(?:legal )?charge on (?:\w+ )?(?:property|home|house)|moratorium (?:start|granted|ends)\w*"
        r"|(?:bailiffs?|enforcement agents?) (?:visit|instructed|attend\w*|sent|took|at|evict\w*|return\w*|came|due|stopped|called|removed|rtn|booked|date|letter)"
        r"|behind (?:on|with|w/?|in) ?(?:the |his |her )?(?:rent|bills|ctax|council|mortgage|payments?)|unpaid (?:ctax|rent|council tax|c/tax"
        r"|bills|care (?:charges?|fees)|fines?|debts?|parking|charges)|(?:debts?|arrears|ctax|rent|overpay\w*|charges|loan|balance|c/tax|acc\w*|hb) (?:w/off"
        r"|w/o\b|written off|write off (?:for|of|due|as|as)|wrote off)|committal (?:hearing|warrant|proceed|to prison)\w*|can'?t (?:pay|afford)|cannot (?:pay|afford)|unable to (?:pay"
        r"|afford)|payday loans?|loan sharks?\b(?! team)|gambl(?:ed|ing husband|ing debts?|ing addict\w*|er\b)|trust deed|sequestrat\w+"
        r"|repossess\w*|repo of|(?:suspended|outright) possession|spo\b|pay(?:s|ing) (?:off )?(?:£|\d)\S* (?:pw|a week|per week|wk|pm|a month)",
        r"attachment of earnings|attachment to earnings|aoe (?:order|for|employer)|deduct\w+ from (?:benefit|uc|wages|pay|earnings|his|her)"
        r"|(?:re)?pay(?:ment)? (?:plan|arrangement) (?:agreed|broken|for|set|at|of|w/)|instal\w* (?:plan|agreed)|notice seeking|nosp\b|nsp\b"
        r"|overpaid (?:housing|hb|benefit|uc)|(?:hb|housing benefit|benefit|uc|dp|direct payment) overpay?m\w*t\.? (?:of|for|to|-|recover\w*"
        r"|ref|by|£|\d|w/o|written|invoice|due|debt|since|fraud)|statutory demand|debt collector|doorstep lender|illegal money lend\w*"
        r"|deceased tenant|died owing|estate (?:is )?insolvent|est\.? insolvent|(?:is|was|been|being|became) (?:evicted|insolvent|overpaid)",
    ),
    topics=one_of(
        r"universal credit|uc\b|housing benefit|house\.? benefit|hb\b|pip\b|dla\b|esa\b|jsa\b|income support|pension credit|attendance"
        r" allow\w*|carer'?s allow\w*|council tax (?:support|reduction|benefit|arrears|debts?)|ctr\b|free sch\w* meals?|fsm\b|food ?bank",
        r"hardship|dhp\b|discretionary housing|crisis (?:loan|grant|payment)|household support|hsf\b|local welfare|lwa\b|welfare ass\w*"
        r"|arrears|bankrupt\w*|iva\b|ccj\b|dro\b|bailiffs?\b|evict\w+|homeless\w*|rough sleep\w*|overpa\w+|sanctioned|payday|gambl\w+"
        r"|unemployed|low income|rent deposit|deposit bond|squat(?:ter|ting|ted)|temp(?:orary)? accom\w*|night ?stop|nightly paid|b&b"
        r"|hostel|prs offer|housing first|street homeless|swep\b|benefits?\b|benefit cap|jobseeker\w*|debts?\b|owe[sd]?\b|breathing space"
        r"|repossess\w*|charging order|liability order|insolvent|loan shark|attachment of earnings|instal\w* plan|s21\b|ta nightly|h clic"
        r"|rent in advance|first month|1st month|destitut\w+|furniture storage|step down bed|tax credits?|budgeting loan|food parcel"
        r"|winter fuel|warm home|fuel poverty|fuel voucher|hospital discharge|debt relief|emergency housing|interim ta\b|sofa surf\w*",
    ),
    words=one_of(
        r"benefits?|repay\w*|sanction\w*|loan\b|write ?off|writ\w* off|w/o(?:ff)?\b|means tested|possession order|possession|owing|insolven\w+"
        r"|liability order|hb\b|deposit|rent\b|council tax|ctax|shortfall|instal\w*|unpaid|charging order|recover\w*|mortgage|debt\w*|sublet"
        r"|evict\w*|notice served|s21\b|interim accom\w*|ta\b|storage|welfare|voucher|redundan\w+|budgeting|poverty|pension\b"
        r"|exempt\w*|discount|top up|emergency accom\w*|nightly|housing (?:register|options|application|need)|homeless\w*|tent\b|savings",
    ),
)

KINDS: dict[str, Kind[str]] = {
    "personal-health": HEALTH,
    "personal-care": CARE,
    "personal-immigration": IMMIGRATION,
    "personal-offence": OFFENCE,
    "personal-benefit": BENEFIT,
}
FOUND = {
    rule: Kind(*(re.compile(rf"(?<!\w)(?:{part})", re.IGNORECASE) for part in kind)) for rule, kind in KINDS.items()
}
"""By rule: the same, as expressions."""

ENOUGH_FOR_ANYTHING = 99

TRADES = ("payee", "role", "organisation", "code")
"""Natures of columns that call somebody by a trade or a function, so that single words say nothing of a person."""


def _tied_words(text: str, column: ScreenedColumn, rule: str) -> str:
    if column.typed or not (column.is_open or column.nature in TRADES):
        return ""
    kind = FOUND[rule]
    found = ""
    if states := {m.group() for m in kind.states.finditer(text)}:
        found, weight = min(states), 1 + min(2, len(states))
    elif column.nature in TRADES:
        return ""
    elif topic := first_part(kind.topics, text):
        found, weight = topic, 0
    elif word := first_part(kind.words, text):
        found, weight = word, 0 if weight_of_persons(text) >= ENOUGH else -ENOUGH_FOR_ANYTHING
    if not found:
        return ""
    return found if weight + weight_of_one(text, kind.topics) >= ENOUGH or says_who(text) else ""


FIND = {rule: partial(_tied_words, rule=rule) for rule in KINDS}
"""By rule: finds a word of its kind in a text that is about one person."""
