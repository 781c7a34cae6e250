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
