"""Terms of public vocabularies that every listing shares: language, access, availability, types of files."""

from __future__ import annotations

MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
FILE_TYPES = {"CSV": "CSV", "Parquet": "PARQUET", "JSON": "JSON", "HTML": "HTML"}
ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"
PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
AVAILABLE = "http://publications.europa.eu/resource/authority/planned-availability/AVAILABLE"
"""For years to come; a dataset can be withdrawn, so no more is promised."""

SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"

AUTHORITY = "http://publications.europa.eu/resource/authority/"
"""Lists of the EU's Publications Office; a term is in the list that its IRI begins with."""

EU_THEMES = {
    "AGRI": "Agriculture, fisheries, forestry and food",
    "ECON": "Economy and finance",
    "EDUC": "Education, culture and sport",
    "ENER": "Energy",
    "ENVI": "Environment",
    "GOVE": "Government and public sector",
    "HEAL": "Health",
    "INTR": "International issues",
    "JUST": "Justice, legal system and public safety",
    "OP_DATPRO": "Provisional data",
    "REGI": "Regions and cities",
    "SOCI": "Population and society",
    "TECH": "Science and technology",
    "TRAN": "Transport",
}
"""The EU's themes of data with their own names: several of our topics share one of them."""

PUBLISHER_TYPES = "http://purl.org/adms/publishertype/1.0"
LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"
REGIONAL_AUTHORITY = "http://purl.org/adms/publishertype/RegionalAuthority"
