"""Names of people are told from those of bodies, places and trades; all names here are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.disclosure.detectors.pattern import ScreenedColumn
from quality.disclosure.detectors.people import titled_name, untitled_name
from quality.disclosure.detectors.redactions import failed_redaction
from quality.disclosure.names.known_names import name_words
from quality.disclosure.names.person_like import LIKELY, name_strength
from quality.disclosure.names.sentences import names_within

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


CALLED_AFTER = """Cornelius Haste statue, wash|Bust of Ottilie Brandreth|Blue plaque for Dorothea Linnell
Dorothea Linnell mural scaffold|Unveiling of statue to Nora Fitch|Sir Edmund Hallam statue re-gilding
Horace Bellingham sports hall floor|Minnie Quarles children's centre boiler|Alice Tunstall school roof
Lancelot Mabey library|Hire of Marjory Dent Hall|Arthur Pell estate lift renewal|Walter Sloane memorial lecture
Ellen Dace bulge class|Arthur Penhallow recreation ground|Bishop Ellis Harrow sixth form block
Ned Farrow (paperback) x 30|Daphne Pell audio book|Mrs Tapp - reading group|Novels by Cora Sandel|Mr Pell DVD
Film licence - I, Tom Whitlow|Claudia Fitch exhibition panels|Winifred Tapp study guide
Kamal Singh Jayanti procession|King Harold IV coronation bunting|Tom Whitlow bonfire stewards
Charlie Munro mower|Peter Dann consulting engineers|Jane Brandreth gherkins|Rose 'Nora Fitch'|Daisy, Nora wards
Clematis Nelly Moser"""
OF_SOMEBODY = """Plaque for bench, in memory of Sarah Hill|for Sarah Hill school taxi|Mercedes Garcia
Mercedes Garcia respite|Amina Yusuf school uniform|Amina Yusuf sixth form bursary
Amina Yusuf primary school place appeal|Nora Fitch lock change|Report written by Jane Brandreth
Jane Marlowe home boiler repair|John Fitch house clearance|Nora Fitch bedding|Sarah Woods|Michael Ward rent
Alice Tunstall school crossing patrol|Joseph Hilliard caretaker overtime
refunded to Horace Bellingham, sports hall|Mrs Dent library lunch|Sam Church overpayment
client Mary Seacole bus pass|Mr Paul Smith|tenant James Fisher rent credit|Screening of Tom Whitlow
Nora Fitch - museum trip"""
WRITTEN_ANYHOW = """paid to agnieszka wrona|keys returned by dorothy linnell|dbs check for nimco warsame new
boiler visit – HALLORAN, Ruby|tour booked for ASANTE-COLE, Anthony|Whitlow, J A - bus pass|GURDEV SINGH SAHOTA
WAGES ADVANCE SHANTAYE CAMPBELL-REID|Sr. Quinlan-Doyle lunch|Señora Rosaura Jaramillo|Lt Col P Quarles"""
FIRMS = """Pemberton Halliwell|Harding Whitlow|Slater Halliwell Ridgway|Wexford (Contractors)|Quillstone B.V.
Shaan Camii|Al-Huda Madrasah"""


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


FREE = ScreenedColumn("", nature="free-text")


def found_in(text: str) -> str:
    return titled_name(text, FREE) or untitled_name(text, FREE)


@pytest.mark.parametrize("text", several(CALLED_AFTER))
def test_a_thing_that_is_called_after_somebody_is_nobody(text: str) -> None:
    assert found_in(text) == ""


@pytest.mark.parametrize("text", several(OF_SOMEBODY))
def test_what_is_paid_for_somebody_does_not_hide_the_name(text: str) -> None:
    assert found_in(text)


@pytest.mark.parametrize("text", several(WRITTEN_ANYHOW))
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert found_in(text)


@pytest.mark.parametrize("text", several(FIRMS))
def test_two_british_family_names_are_a_firm(text: str) -> None:
    assert name_strength(text) < LIKELY


@pytest.mark.parametrize(
    "text", ["J*** Halloran rent", "red'd: D. Okafor", "redacted_Okafor_M_fee", "Mrs O****or taxi"]
)
def test_a_name_beside_its_redaction_is_found(text: str) -> None:
    assert failed_redaction(text, FREE)


@given(st.text() | st.from_regex(r"\A([A-Z][a-z]{0,6}[ .,&'-]{0,2}){0,9}\Z"))
def test_any_text_is_weighed(text: str) -> None:
    assert name_strength(text) >= 0
    assert all(found in text for found in names_within(text))


def test_the_lists_are_plain_words() -> None:
    words = name_words()
    for names in (words.given, words.family, words.body, words.street, words.common, words.hard, words.placegiven):
        assert all(name == name.lower() and name.isascii() and " " not in name for name in names)
    assert words.hard <= words.street | words.body | words.hard
