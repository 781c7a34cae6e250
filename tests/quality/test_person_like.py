"""Names of people are told from those of bodies, places and trades; all names here are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.disclosure.names.person_like import LIKELY, name_strength, name_words, names_within

PEOPLE = """SMITH, John A|J. Smith|Smith J|Patel R K|John Smith|Agnieszka Kowalska-Nowak|OLUWASEUN ADEYEMI
Mohammed Hussain|Nguyen Thi Hoa|Siobhan O'Brien|Siobhán O’Brien|Mrs Example|Ann Green t/a Anns Cakes
Sarah Hill|Fatima Begum (Foster Carer)|Jean-Pierre Dubois|Yusuf bin Ahmed|MacDonald, Fiona|Ionescu Maria
Tesfay Gebremedhin|Zofia Wiśniewska|Krzysztof Qwertyski|Blessing Okonkwo|Jane Xyzabc|Li Wei|Rose Tyler
Grace Wood|HARPREET KAUR|jane smith|Dr A Mensah|Ms Z Özdemir|Smith J Mrs|KOWALSKA Agnieszka|Okafor, J
Executors of J Smith|Estate of the late Mary Brown|Revd. Brown|Executor of the late A Chalk
Sarah Park|Priya Church|Sadia King|Thandeka Mkhize|Oluwafunmbi Xyzadeyo|Ana dos Santos
Yusuf bin Abdirashid|Анна Иванова|王小明|আব্দুল করিম|علي حسن|முருகன் செல்வம்|Παπαδόπουλος Γιώργος"""
THINGS = """Smith & Sons|John Lewis|St Mary's|Victoria Road|Albert Embankment|Grant Thornton|Thames Water|Veolia
Kier Highways|Stationery|Robert Half|Smith Plumbing|Rose Cottage|Grace Foods|Home Care|Legal Fees
REDACTED PERSONAL DATA|Hays Recruitment|Adult Social Care|British Gas|Amazon|Bright Horizons|Agency staff
Executors of the Library|Churchill Estate|Estate of Camden|Representatives of Labour
Peabody Trust|Mount Pleasant|Kings Cross|Park Lane|King George|Sky Garden|Ernst & Young|Wood Green
Summer Hill|Rich Harvest|Parks Victoria|Water Rates|Stephenson Harwood|Dorothy Street|Martin House
J Smith Ltd|Smith John Limited|Victoria Park|Paddock Hill|Oldham MBC|Nandos York|Rnib Charity
Landmark Chambers|有限公司贸易公司|Mary Ward Centre|A4 Paper|John's Garage||,|Mr"""
SENTENCES = """Refund to Jane Smith for June|Payment for Mohammed Hussain care|fostering - agnes kowalski
Taxi for Abdul Rahman 12 May|Paid to OLUWASEUN ADEYEMI|Counselling, Priya A Shah
Invoice from Kowalski, Piotr|Deposit returned to Jane Xyzabc|Respite for J Okafor
Jane Smith's care package|Reimburse Yasmin Xyzabc travel|c/o Thandeka Mkhize|Zehra Xyzabc - counselling
Interpreter (Yasmin Xyzabc), 2 hrs|Taxi for Okafor, J|Ana dos Santos: rent|REFUND TO THANDEKA MKHIZE
paid to Wanjiru Githongo on Monday|возврат Анна Иванова"""
NO_NAMES = """Visit to Stephen Lawrence Centre|Work at Victoria Park|Grant to Robert Browning School
Grant Thornton audit fee|Purchase of Bin Liners|Repairs at Albert Road|Children, Schools and Families
Temporary accommodation, nightly paid|Mark Street|Every Child A Reader|Charges relating to Church Hill
Legal fees, counsel|Training Microsoft Excel|Hire of Marquee Leeds|Holy Trinity Church
Toner Hewlett Packard|Will Power training|May Day event|St John Ambulance"""


def several(texts: str) -> list[str]:
    return texts.replace("\n", "|").split("|")


@pytest.mark.parametrize("text", several(PEOPLE))
def test_a_name_is_like_a_person(text: str) -> None:
    assert name_strength(text) >= LIKELY


@pytest.mark.parametrize("text", several(THINGS))
def test_what_names_a_body_a_place_or_a_trade_is_not(text: str) -> None:
    assert name_strength(text) < LIKELY


@pytest.mark.parametrize("text", several(SENTENCES))
def test_a_name_is_found_in_a_sentence(text: str) -> None:
    assert list(names_within(text))


@pytest.mark.parametrize("text", several(NO_NAMES))
def test_a_sentence_about_things_names_nobody(text: str) -> None:
    assert list(names_within(text)) == []


@given(st.text() | st.from_regex(r"\A([A-Z][a-z]{0,6}[ .,&'-]{0,2}){0,9}\Z"))
def test_any_text_is_weighed(text: str) -> None:
    assert name_strength(text) >= 0
    assert all(found in text for found in names_within(text))


def test_the_lists_are_plain_words() -> None:
    words = name_words()
    for names in (words.given, words.family, words.body, words.street, words.common, words.hard, words.placegiven):
        assert all(name == name.lower() and name.isascii() and " " not in name for name in names)
    assert words.hard <= words.street | words.body | words.hard
