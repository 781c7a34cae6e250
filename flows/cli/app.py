"""The command line. Each command imports what it needs when it runs: a check must not wait for the nightly run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import Abort, TyperException

from flows.cli import commands, maintenance_commands
from flows.cli.terminal import show_problem
from flows.orchestration.interrupt import RUN_AGAIN, STOP_MESSAGE
from flows.process.startup import exit_without_collection
from flows.process.system_problems import system_problem, unexpected_problem
from packages.errors import LondataError, SetupProblem, TemporaryProblem

app = typer.Typer(
    name="londata",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Open-data publishing for London's boroughs: check a file, make clean CSV and Parquet of it, list it.",
    epilog="Exit codes: 0 done · 10 nothing changed · 20 the file must be fixed · 30 waiting for a person · "
    "40 stopped, personal data · 50 temporary, will be tried again · 60 set-up problem.",
)

INTERRUPTED = 130
"""The exit code that Typer returns on Ctrl-C."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
WhichIdentity = Annotated[str, typer.Argument(metavar="DATASET/PUBLISHER", help="For example spend-over-500/camden.")]


@app.command(epilog="Example: `londata check payments.csv --dataset spend-over-500 --publisher camden`")
def check(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.")],
    dataset: Annotated[str, typer.Option(help="What it should be; told from the headings when left out.")] = "",
    publisher: Annotated[str, typer.Option(help="Whose it is; told from the headings when left out.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Skip the quality suite; the report says so.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the HTML report here.")] = None,
    issues: Annotated[Path | None, typer.Option(help="Write a CSV of all issues here, a line for each row.")] = None,
    mended: Annotated[
        Path | None, typer.Option(help="Write your rows as a workbook here: repaired, and each cell to mend marked.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Is this file good enough, and if not, what is to be fixed? Needs no account, network or set-up."""
    options = commands.CheckOptions(file, dataset, publisher, quick, report, issues, mended)
    raise typer.Exit(commands.run_check(options, as_json))


@app.command("map", epilog="Example: `londata map payments.csv --dataset spend-over-500 --publisher merton`")
def map_(
    file: Annotated[Path, typer.Argument(help="A file in the new layout.")],
    dataset: Annotated[str, typer.Option(help="What it should be.")],
    publisher: Annotated[str, typer.Option(help="Whose it is.")],
    out: Annotated[Path | None, typer.Option(help="Write the YAML here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Propose the description of a new layout: which column is which field, how sure, and why. For you to confirm."""
    from flows.cli.map_columns import MapOptions, run_map

    raise typer.Exit(run_map(MapOptions(file, dataset, publisher, out), as_json))


@app.command("publish", epilog="Example: `londata publish spend-over-500/camden --file payments.csv`")
def publish_command(
    identity: WhichIdentity,
    file: Annotated[Path | None, typer.Option(help="Publish this file instead of what the source has.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; publish nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Approve what was found that is not about people.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish one dataset of one publisher: its files, metadata and report."""
    raise typer.Exit(commands.run_publish(commands.PublishOptions(identity, file, dry_run, yes), as_json))


@app.command("nightly", epilog="Example: `londata nightly --only 'spend-over-500/*'`")
def nightly_command(
    only: Annotated[str, typer.Option(help="A pattern such as `*/camden`, or a dataset.")] = "*",
    everything: Annotated[bool, typer.Option("--all", help="Look at all of them, due or not.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish everything that is due. Files that are held or blocked are in the table; they do not fail the run."""
    raise typer.Exit(commands.run_nightly(only, everything, as_json))


@app.command(epilog="Example: `londata doctor`")
def doctor(as_json: AsJson = False) -> None:
    """Is this set-up right? Looks at folder, ledger, catalogue, other hosts and schedulers, and says what to mend."""
    from flows.cli.operator_commands import run_doctor

    raise typer.Exit(run_doctor(as_json))


@app.command(epilog="Example: `londata automations`")
def automations(as_json: AsJson = False) -> None:
    """Make Prefect tell people when a night is late or has failed, or when datasets are stopped; again to renew it."""
    from flows.cli.operator_commands import run_automations

    raise typer.Exit(run_automations(as_json))


@app.command(epilog="Example: `londata desk`")
def desk(
    host: Annotated[str, typer.Option(help="Address of this machine on which it answers.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes any that is free.")] = 8500,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
    as_json: AsJson = False,
) -> None:
    """A web front: officers check and publish files, reviewers decide, operators see the nights. Ctrl-C ends it."""
    from flows.cli.site_commands import run_desk

    raise typer.Exit(run_desk(host, port, browser, as_json))


@app.command(epilog="Example: `londata status spend-over-500/camden`")
def status(
    identity: Annotated[str, typer.Argument(metavar="[DATASET/PUBLISHER]", help="One of them, with history.")] = "",
    as_json: AsJson = False,
) -> None:
    """What is published, what was stopped and why."""
    raise typer.Exit(commands.show_status(identity, as_json))


@app.command(epilog="Example: `londata datasets`")
def datasets(as_json: AsJson = False) -> None:
    """The datasets and publishers that have a description."""
    raise typer.Exit(commands.show_datasets(as_json))


@app.command(epilog="Example: `londata report spend-over-500/camden`")
def report(identity: WhichIdentity, as_json: AsJson = False) -> None:
    """The latest report on a dataset, and where its page is."""
    raise typer.Exit(commands.show_report(identity, as_json))


@app.command("reconcile", epilog="Example: `londata reconcile`")
def reconcile_command(as_json: AsJson = False) -> None:
    """Finish what was begun, find what somebody changed in the catalogue, and put it right or say who must decide."""
    raise typer.Exit(maintenance_commands.run_reconcile(as_json))


@app.command("rollback", epilog="Example: `londata rollback spend-over-500/camden 3f9a1c20`")
def rollback_command(
    identity: WhichIdentity,
    release: Annotated[str, typer.Argument(help="Its digest, or how it begins; `londata status` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Make an earlier release public again. The one that was public does not come back by itself."""
    raise typer.Exit(maintenance_commands.run_rollback(identity, release, as_json))


@app.command("withdraw", epilog="Example: `londata withdraw spend-over-500/camden --reason 'It named foster carers.'`")
def withdraw_command(
    identity: WhichIdentity,
    reason: Annotated[str, typer.Option(help="A sentence that everybody may read.")],
    as_json: AsJson = False,
) -> None:
    """Take a dataset away from the public. It says when and why in its place; no run puts it back."""
    raise typer.Exit(maintenance_commands.run_withdraw(identity, reason, as_json))


@app.command(
    "purge",
    epilog="Example: `londata purge spend-over-500/camden --field purpose --reason 'It named clients.'` · "
    "`--rows 7,12-15` · `--release 3f9a1c20` · `--everything`",
)
def purge_command(
    identity: WhichIdentity,
    reason: Annotated[str, typer.Option(help="A sentence that everybody may read.")],
    field: Annotated[str, typer.Option(help="A column: its cells are emptied in what is public.")] = "",
    rows: Annotated[str, typer.Option(help="Row numbers of the public CSV file, as a spreadsheet shows them.")] = "",
    release: Annotated[str, typer.Option(help="One release: its digest, or how it begins.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="All of it; the dataset is withdrawn.")] = False,
    table: Annotated[str, typer.Option(help="The table, where the dataset has several; the first without it.")] = "",
    keep_days: Annotated[int, typer.Option(min=0, help="Keep a sealed copy for the DPO for so many days.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Take data away for good: from every release, all of London, every catalogue, and what was received.

    Earlier releases go whole. If something stops it, `londata reconcile` finishes it.
    """
    options = maintenance_commands.PurgeOptions(identity, field, table, rows, release, everything, reason, keep_days)
    raise typer.Exit(maintenance_commands.run_purge(options, as_json))


@app.command("rescan", epilog="Example: `londata rescan` · `londata rescan spend-over-500/camden --all`")
def rescan_command(
    identity: Annotated[str, typer.Argument(metavar="[DATASET/PUBLISHER]", help="Only this one.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also earlier releases that are still kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look for people in what is public, under today's rules. Ends with 40 when something undecided is found."""
    from flows.cli.takedown_commands import run_rescan

    raise typer.Exit(run_rescan(identity, everything, as_json))


incident = typer.Typer(no_args_is_help=True, help="What should not have been public: what it was, and what is frozen.")
app.add_typer(incident, name="incident")


@incident.command("open", epilog="Example: `londata incident open spend-over-500/camden --field purpose`")
def incident_open(
    identity: WhichIdentity,
    release: Annotated[str, typer.Option(help="Only one release: its digest, or how it begins.")] = "",
    field: Annotated[str, typer.Option(help="Only one column.")] = "",
    note: Annotated[str, typer.Option(help="What is known, in a sentence without personal data.")] = "",
    aware: Annotated[str, typer.Option(help="When somebody knew, such as “2026-11-29 14:00”; else now.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the draft for the Information Commissioner here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze a dataset and its siblings, find out what was public, and draft the notification. May be run again."""
    from flows.cli.takedown_commands import IncidentOptions, run_incident_open

    raise typer.Exit(run_incident_open(IncidentOptions(identity, release, field, note, aware, out), as_json))


@incident.command("show", epilog="Example: `londata incident show spend-over-500/camden`")
def incident_show(
    wanted: Annotated[
        str, typer.Argument(metavar="[WHICH]", help="A dataset, or how an incident's digest begins.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """What is known of an incident, how many of the 72 hours are left, and what is frozen; without a name, all."""
    from flows.cli.takedown_commands import run_incident_show

    raise typer.Exit(run_incident_show(wanted, as_json))


@incident.command(
    "close", epilog="Example: `londata incident close spend-over-500/camden --outcome 'Purged; the rule was mended.'`"
)
def incident_close(
    identity: WhichIdentity,
    outcome: Annotated[str, typer.Option(help="How it ended, in a sentence without personal data.")] = "",
    as_json: AsJson = False,
) -> None:
    """Close an incident with how it ended. The asset owner and the DPO sign that first: `londata ask` has the text."""
    from flows.cli.takedown_commands import run_incident_close

    raise typer.Exit(run_incident_close(identity, outcome, as_json))


@app.command("evidence", epilog="Example: `londata evidence spend-over-500/camden --out camden-spend.zip`")
def evidence_command(
    identity: WhichIdentity,
    out: Annotated[Path, typer.Option(help="The ZIP file to write.")],
    as_json: AsJson = False,
) -> None:
    """What was declared, checked, decided and public, for audits and requests for information; names removed."""
    from flows.cli.takedown_commands import run_evidence

    raise typer.Exit(run_evidence(identity, out, as_json))


@app.command(epilog="Example: `londata tidy --dry-run`")
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove old releases, reports and received files that nothing refers to, as keep_releases and keep_days say."""
    raise typer.Exit(maintenance_commands.run_tidy(dry_run, as_json))


@app.command(epilog="Example: `londata ask spend-over-500/camden --out to-sign`")
def ask(
    identity: WhichIdentity,
    out: Annotated[Path | None, typer.Option(help="Write the texts to sign into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """What waits for a decision on a dataset, who decides, and the text to sign with your own SSH key."""
    from flows.cli.decision_commands import AskOptions, run_ask

    raise typer.Exit(run_ask(AskOptions(identity, out), as_json))


@app.command("queue", epilog="Example: `londata queue`")
def queue_command(as_json: AsJson = False) -> None:
    """Everything that waits for a decision, of all datasets."""
    from flows.cli.decision_commands import run_queue

    raise typer.Exit(run_queue(as_json))


@app.command(
    "decide",
    epilog="Example: `londata decide spend-over-500/camden --signature 3f9a1c20e0d1-finding-1-approve.txt.sig`",
)
def decide_command(
    wanted: Annotated[str, typer.Argument(metavar="WHAT", help="A dataset, or how the digest of what waits begins.")],
    choice: Annotated[str, typer.Argument(metavar="[CHOICE]", help="approve, return or refuse.")] = "",
    finding: Annotated[list[int] | None, typer.Option(help="The number of a finding; once for each.")] = None,
    reason: Annotated[str, typer.Option(help="Why; to return or to refuse needs one.")] = "",
    alternative: Annotated[str, typer.Option(help="What could be published instead; to refuse needs one.")] = "",
    until: Annotated[str, typer.Option(help="The last day on which it counts, such as 2027-03-31.")] = "",
    signature: Annotated[Path | None, typer.Option(help="A signature by your SSH key, beside its text.")] = None,
    ckan: Annotated[bool, typer.Option("--ckan", help="Prove who you are by LONDATA_DECIDER_TOKEN.")] = False,
    text: Annotated[Path | None, typer.Option(help="Only write the text to sign to this file.")] = None,
    person: Annotated[str, typer.Option(help="With --text: your id in people.yaml, if you decided before.")] = "",
    as_json: AsJson = False,
) -> None:
    """Approve, return or refuse what was found: each finding apart, by people who prove who they are."""
    from flows.cli.decision_commands import DecideOptions, run_decide

    numbers = tuple(finding or ())
    options = DecideOptions(
        wanted, choice, numbers, reason, alternative, until, signature, person=person, ckan=ckan, text=text
    )
    raise typer.Exit(run_decide(options, as_json))


@app.command(epilog="Example: `londata envelope spend-over-500/camden --spread 0.3 --out to-sign`")
def envelope(
    identity: WhichIdentity,
    file: Annotated[Path | None, typer.Option(help="Draft it around this file instead of what the source has.")] = None,
    spread: Annotated[float, typer.Option(help="By what share rows and totals may differ from this file's.")] = 0.5,
    until: Annotated[str, typer.Option(help="Its last day, such as 2027-03-31.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the text to sign into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draft a standing approval: files like the one that is there now ask nobody; any other holds and says why."""
    from flows.cli.decision_commands import EnvelopeOptions, run_envelope

    raise typer.Exit(run_envelope(EnvelopeOptions(identity, file, spread, until, out), as_json))


@app.command(
    "except",
    epilog="Example: `londata except spend-over-500/camden --rule personal-payment-card --field reference "
    "--shape '9999 9999 9999 9999' --reason 'Numbers of invoices of one supplier.'`",
)
def except_command(
    identity: WhichIdentity,
    rule: Annotated[str, typer.Option(help="The rule that blocks, as in report.json.")],
    field: Annotated[str, typer.Option(help="The field in which it was found.")],
    shape: Annotated[str, typer.Option(help="The shape that was found, as the report shows it.")],
    reason: Annotated[str, typer.Option(help="Why it is no such thing, in a sentence.")],
    until: Annotated[str, typer.Option(help="Its last day, such as 2027-03-31.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the text to sign into this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Propose to let a false block pass, for one rule, field and shape. Two people decide; never a whole column."""
    from flows.cli.decision_commands import ExceptOptions, run_except

    raise typer.Exit(run_except(ExceptOptions(identity, rule, field, shape, reason, until, out), as_json))


audit = typer.Typer(no_args_is_help=True, help="Who did what, when: a record that shows when somebody changed it.")
app.add_typer(audit, name="audit")


@audit.command("verify", epilog="Example: `londata audit verify --head 5c1f…`")
def audit_verify(
    head: Annotated[str, typer.Option(help="A last hash that was noted earlier: is it still in the record?")] = "",
    as_json: AsJson = False,
) -> None:
    """Is the record whole? Ends with 60 when a row was changed, removed or slipped in."""
    raise typer.Exit(maintenance_commands.run_audit_verify(head, as_json))


@audit.command("anew", epilog="Example: `londata audit anew --reason 'The disk of the ledger broke on 3 May 2027.'`")
def audit_anew(
    reason: Annotated[str, typer.Option(help="How the audit before this one was lost.")],
    as_json: AsJson = False,
) -> None:
    """Say that an earlier audit, which public manifests name, is lost for good. That stays in the record for ever."""
    raise typer.Exit(maintenance_commands.run_audit_anew(reason, as_json))


@audit.command("show", epilog="Example: `londata audit show spend-over-500/camden`")
def audit_show(
    identity: Annotated[str, typer.Argument(metavar="[DATASET/PUBLISHER]", help="Only of this one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every act, newest first."""
    raise typer.Exit(maintenance_commands.show_audit(identity, as_json))


@app.command(epilog="Example: `londata site`")
def site(
    export: Annotated[
        Path | None, typer.Option(help="Copy the site from the object store into this folder, and make nothing.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the pages of the folder catalogue again from what is published, and say where to open them."""
    if export:
        from flows.cli.site_commands import run_export

        raise typer.Exit(run_export(export, as_json))
    raise typer.Exit(commands.run_site(as_json))


@app.command("serve", epilog="Example: `londata serve --port 8000`")
def serve_command(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes any that is free.")] = 8000,
    host: Annotated[
        str, typer.Option(help="0.0.0.0 in a container or behind a proxy on another machine.")
    ] = "127.0.0.1",
    as_json: AsJson = False,
) -> None:
    """Serve the site to this machine, read-only, until Ctrl-C: pages, parts of files, and the questions of a CKAN."""
    from flows.cli.site_commands import run_serve

    raise typer.Exit(run_serve(host, port, as_json))


@app.command(epilog="Example: `londata links --url https://data.example`")
def links(
    url: Annotated[str, typer.Option(help="Where the site is public; without it, the folder is looked at.")] = "",
    external: Annotated[bool, typer.Option("--external", help="Also ask other sites whether they answer.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check that every link of the catalogue answers: in pages, feeds and descriptions for machines."""
    from flows.cli.site_commands import LinksOptions, run_links

    raise typer.Exit(run_links(LinksOptions(url, external), as_json))


@app.command(epilog="Example: `londata verify https://data.example --key root.public.pem`")
def verify(
    address: Annotated[
        str,
        typer.Argument(
            help="A site, a dataset or a release in it, on the web or in a folder; or a dataset in a CKAN or DataPress."
        ),
    ],
    key: Annotated[Path, typer.Option(help="The public root key of the publisher, as PEM.")],
    keys_at: Annotated[
        str, typer.Option("--keys", help="Where keys.json is, for a dataset in a CKAN or a DataPress: site or folder.")
    ] = "",
    state: Annotated[
        Path | None, typer.Option(help="Where it is noted what was seen; without it, .londata/seen.json at home.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Is what is public what the publisher signed, all of it, and the newest? For re-users: needs no set-up."""
    from flows.cli.signing_commands import VerifyOptions, run_verify

    raise typer.Exit(run_verify(VerifyOptions(address, key, keys_at, state), as_json))


keys = typer.Typer(help="The keys that sign what is public: a root key that is kept offline, and one that signs.")
app.add_typer(keys, name="keys")

RootFile = Annotated[Path | None, typer.Option("--root", help="The file of the root key, on its offline medium.")]


@keys.command("show", epilog="Example: `londata keys show`")
def keys_show(as_json: AsJson = False) -> None:
    """Which keys sign, since when and until when, and which were revoked."""
    _run_keys("show", as_json)


@keys.command("new", epilog="Example: `londata keys new --root /media/usb/root.pem`")
def keys_new(root: RootFile = None, as_json: AsJson = False) -> None:
    """Make a root key in a new file, a key that signs, and the list of keys that the root key signs."""
    _run_keys("new", as_json, root=root)


@keys.command("rotate", epilog="Example: `londata keys rotate --root /media/usb/root.pem`")
def keys_rotate(
    root: RootFile = None,
    days: Annotated[int, typer.Option(min=1, help="For how long the new key may sign.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Take a new key into use; the next run signs everything with it."""
    _run_keys("rotate", as_json, root=root, days=days)


@keys.command("revoke", epilog="Example: `londata keys revoke 0b2f6c1d9a3e4f58 --why 'It leaked.' --root root.pem`")
def keys_revoke(
    key: Annotated[str, typer.Argument(help="The key, as `londata keys show` names it.")],
    root: RootFile = None,
    why: Annotated[str, typer.Option(help="Why; it is public.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that nothing counts any more that a key signed. Take a new one into use first: `londata keys rotate`."""
    _run_keys("revoke", as_json, key=key, root=root, why=why)


@keys.command("renew", epilog="Example: `londata keys renew --root /media/usb/root.pem`")
def keys_renew(
    root: RootFile = None,
    days: Annotated[int, typer.Option(min=1, help="For how long the list of keys is good.")] = 180,
    as_json: AsJson = False,
) -> None:
    """Sign the list of keys again before it ends; `londata doctor` says when."""
    _run_keys("renew", as_json, root=root, days=days)


@keys.command("root", epilog="Example: `londata keys root --root /media/usb/root.pem --new-root /media/new/root.pem`")
def keys_root(
    root: RootFile = None,
    new_root: Annotated[Path | None, typer.Option(help="The file that the new root key is written to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new root key, which the old one signs: whoever trusts the old one follows."""
    _run_keys("root", as_json, root=root, new_root=new_root)


def _run_keys(action: str, as_json: bool, **options: Any) -> NoReturn:
    from flows.cli.signing_commands import KeysOptions, run_keys

    raise typer.Exit(run_keys(KeysOptions(action, **options), as_json))


@app.command("validate", epilog="Example: `londata validate data.csv --schema schema.json --json`")
def validate_command(
    file: Annotated[Path, typer.Argument(help="A CSV file.")],
    schema: Annotated[Path, typer.Option(help="A Table Schema, JSON or YAML.")],
    limit_errors: Annotated[int, typer.Option(min=1, help="Stop after so many errors.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Conformance alone: exactly the verdict of frictionless, in its own JSON. Its messages quote cells."""
    raise typer.Exit(commands.run_validate(commands.ValidateOptions(file, schema, limit_errors), as_json))


@app.command(epilog="Example: `londata new spend-over-500/camden`")
def new(
    wanted: Annotated[str, typer.Argument(metavar="DATASET[/PUBLISHER]", help="A dataset, or one publisher of it.")],
    as_json: AsJson = False,
) -> None:
    """Write the YAML of a new dataset, or of one more publisher of a dataset, to be edited."""
    from flows.cli.new import run_new

    raise typer.Exit(run_new(wanted, as_json))


@app.command("questions", epilog="Example: `londata questions spend-over-500/camden --role asset-owner`")
def questions_command(
    wanted: Annotated[str, typer.Argument(metavar="DATASET[/PUBLISHER]", help="A dataset, or one publisher of it.")],
    answers: Annotated[Path | None, typer.Option(help="Take the answers from this YAML or JSON file.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="What was answered before holds for what is there now.")] = False,
    role: Annotated[str, typer.Option(help="Who answers: data-officer, asset-owner, ig-reviewer or dpo.")] = "",
    seen_by: Annotated[list[str] | None, typer.Option(help="A role that has read them; once for each.")] = None,
    only_print: Annotated[bool, typer.Option("--print", help="Print the YAML; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Twelve screening questions on people in the data: asked one by one, and written beside the description.

    Without a terminal, or with --json, it shows them and how the answers stand.
    """
    from flows.cli.questions import QuestionsOptions, run_questions

    options = QuestionsOptions(wanted, answers, role, tuple(seen_by or ()), keep, only_print)
    raise typer.Exit(run_questions(options, as_json))


@app.command(epilog="Example: `londata schemas .schemas`")
def schemas(folder: Annotated[Path, typer.Argument(help="Folder to write to.")], as_json: AsJson = False) -> None:
    """Write the JSON Schema of each kind of YAML file, so that an editor completes and checks them."""
    raise typer.Exit(commands.run_schemas(folder, as_json))


def main() -> None:
    """Run the command line; every failure that a person can cause ends with a message and an exit code."""
    exit_without_collection()
    arguments = sys.argv[1:]
    try:
        # standalone_mode would print errors in the words of Typer and end the process with its own exit codes
        code = app(arguments or ["--help"], prog_name="londata", standalone_mode=False)
    except LondataError as problem:
        _end(problem)
    except TyperException as misuse:
        known = {info.name or info.callback.__name__ for info in app.registered_commands if info.callback}
        command = f"{arguments[0]} " if arguments[0] in known else ""
        fix = f"`londata {command}--help` shows what can be asked, with an example."
        _end(SetupProblem(misuse.format_message(), fix=fix))
    except Abort:
        code = INTERRUPTED
    except OSError as error:
        _end(system_problem(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told in words
        _end(unexpected_problem(error))
    if code == INTERRUPTED:
        _end(TemporaryProblem(STOP_MESSAGE, fix=RUN_AGAIN))
    sys.exit(code)


def _end(problem: LondataError) -> NoReturn:
    # the options may be what could not be understood, so they are not asked
    try:
        show_problem(problem, as_json="--json" in sys.argv)
    except OSError:
        # words that cannot be written anywhere must not fail once more at the end: the exit code says the rest
        sys.stdout = sys.stderr = None
    sys.exit(int(problem.exit_code))
