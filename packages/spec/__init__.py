"""A dataset is a folder of YAML. This reads it, checks it, and says what to mend when it cannot.

The models here are the language of the YAML files; `json_schemas()` gives them to editors.
"""

from packages.spec.dataset import LONDON, NOBODY, Contact, DatasetSpec, PublisherFile
from packages.spec.layout import ColumnSpec, JoinSpec, Layout, Reading, RuleSpec, SharedMapping, SplitSpec, headings_of
from packages.spec.load import (
    DATASETS,
    FILES,
    generic_spec,
    json_schemas,
    list_datasets,
    list_identities,
    list_unions,
    load_package,
    load_spec,
)
from packages.spec.quality import DisclosureSpec, DriftSpec, ExpectationSpec, PlaceSpec, Quality, SuiteSpec
from packages.spec.source import (
    ArcgisSource,
    BucketSource,
    BundleSource,
    CkanSource,
    DatapressSource,
    FolderSource,
    GoogleSheetsSource,
    HttpSource,
    LinkSpec,
    OneFile,
    OpendatasoftSource,
    SocrataSource,
    Source,
    SqlSource,
    WebpageSource,
    WfsSource,
)
from packages.spec.strict import Slug, Strict
from packages.spec.table import DataPackage, FieldSpec, ResourceSpec, TableSchema
from packages.spec.wording import suggestion

__all__ = [
    "DATASETS",
    "FILES",
    "LONDON",
    "NOBODY",
    "ArcgisSource",
    "BucketSource",
    "BundleSource",
    "CkanSource",
    "ColumnSpec",
    "Contact",
    "DataPackage",
    "DatapressSource",
    "DatasetSpec",
    "DisclosureSpec",
    "DriftSpec",
    "ExpectationSpec",
    "FieldSpec",
    "FolderSource",
    "GoogleSheetsSource",
    "HttpSource",
    "JoinSpec",
    "Layout",
    "LinkSpec",
    "OneFile",
    "OpendatasoftSource",
    "PlaceSpec",
    "PublisherFile",
    "Quality",
    "Reading",
    "ResourceSpec",
    "RuleSpec",
    "SharedMapping",
    "Slug",
    "SocrataSource",
    "Source",
    "SplitSpec",
    "SqlSource",
    "Strict",
    "SuiteSpec",
    "TableSchema",
    "WebpageSource",
    "WfsSource",
    "generic_spec",
    "headings_of",
    "json_schemas",
    "list_datasets",
    "list_identities",
    "list_unions",
    "load_package",
    "load_spec",
    "suggestion",
]
