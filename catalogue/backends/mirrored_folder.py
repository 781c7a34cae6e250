"""A versioned folder of the site whose truth is in an object store; the one on this disk is a copy to work on.

A version is made here as in a folder site. Before it is shown here, its new contents are stored and then its tree is
written over the one that it was made from (`catalogue/trees`). The copy may be deleted at any time. It holds
placeholders for contents that nobody here has read, and a note beside it says which tree it is:

    <site>/trees/<pointer>/<n>      the tree of version <n> on this disk, after a line with what the store calls it
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from catalogue.backends.folder_version import MANIFEST, FolderVersion, leave_unsigned, make_folder, sync_versions
from catalogue.backends.site_tree import (
    DCAT,
    DESCRIBED,
    LISTING,
    LOOK,
    OVERVIEW,
    SEEN,
    SHOWN,
    STAMP,
    STATUSES,
    TOMBSTONE,
)
from catalogue.backends.versioned_folder import LOCK, VersionedFolder, cannot_write
from catalogue.signing.sums import KEYS, SUMS
from catalogue.trees.placeholder import content_sha256, meant_by, placeholder
from catalogue.trees.shelf import AT_ONCE, StoredTree, TreeShelf
from catalogue.trees.tree import Tree, TreeFile, has_same_content, tree_from_json, tree_to_json, without_objects
from packages.errors import SetupProblem, TemporaryProblem
from packages.release.public_files import make_public, make_public_folder

READ_HERE = frozenset(
    {LISTING, OVERVIEW, TOMBSTONE, LOOK, STAMP, DESCRIBED, STATUSES, SEEN, SHOWN, MANIFEST, SUMS, KEYS, *DCAT}
)
"""Files, by name, that pages are made from: their contents are fetched. Of all others only the names are needed."""

READ_BACK = "releases/"
"""Contents at paths that begin so are read back before they are shown."""

PURGES = 3
"""Times that the store is looked through for what has to go, before somebody is told that it is still there."""


@dataclass(frozen=True, slots=True)
class MirroredFolder(VersionedFolder):
    """The copy of a folder, at `path` relative to the site; `notes` is the folder of the trees of its versions.

    `lock_in` is the folder of the lock file. A copy that `is_whole` has all contents, and is for readers, too.
    """

    path: str
    notes: Path
    shelf: TreeShelf
    lock_in: Path
    is_whole: bool = False

    @property
    def lock(self) -> Path:
        """The file that whoever writes has locked: that of the root for the pages about several datasets."""
        return self.lock_in / LOCK

    # --- the copy -----------------------------------------------------------------------------------------------------

    def base(self) -> StoredTree | None:
        """Return the tree of the copy; None when there is no copy, or one that was never in the store."""
        return self._noted(self.shown)

    def base_etag(self) -> str:
        """Return what the store calls the tree of the copy; empty when there is none. Cheaper than the tree."""
        try:
            with (self.notes / self.shown.name).open("rb") as note:
                return note.readline().decode().rstrip("\n")
        except OSError:
            return ""

    def refresh(self) -> bool:
        """Make the copy that of the version which the store shows; return whether it changed.

        One request when nothing changed. A folder that was never in the store, because the site was one on a disk
        until now, goes there.
        """
        known = self.base()
        stored = self.shelf.read(self.path, known)
        if stored == known and (stored or not self.pointer.is_dir()):
            return False
        with self.locked():
            # another process may have done it, or written a newer one, before we had the lock
            known = self.base()
            stored = self.shelf.read(self.path, known)
            if stored is None:
                return self._without_stored(known)
            if known is None or stored.etag != known.etag:
                self._copy(stored, known)
                if not self.is_whole:
                    # nobody reads here as the public does, and what another host took away has to go from this one too
                    self._remove_others()
                return True
        return False

    def _remove_others(self) -> None:
        for old in self.others():
            shutil.rmtree(old, ignore_errors=True)

    def _without_stored(self, known: StoredTree | None) -> bool:
        # a copy for readers was never the site itself
        if not self.pointer.is_dir() or (known is None and self.is_whole):
            return False
        if known is None:
            self._note(self.shown, self._put(self.shown, None))
            return True
        # the copy is never the truth: what is not in the store any more is not here either
        self.pointer.unlink(missing_ok=True)
        self._remove_others()
        shutil.rmtree(self.notes, ignore_errors=True)
        return True

    def _copy(self, stored: StoredTree, known: StoredTree | None) -> None:
        had = {file.sha256: self.shown / path for path, file in known.tree.files.items()} if known else {}
        with self.draft(empty=True) as version:
            version.sign = leave_unsigned
            wanted = []
            for path, file in stored.tree.files.items():
                target = version.folder / path
                make_public_folder(target.parent)
                here = had.get(file.sha256)
                # a note says what the files are; whoever spoils the copy has to delete it
                is_wanted = self.is_whole or target.name in READ_HERE
                if here and here.is_file() and not (is_wanted and meant_by(here)):
                    version.link(here, target)
                elif is_wanted:
                    wanted.append((file, target))
                    version.pages.append(target)
                else:
                    version.write(target, placeholder(file.sha256, file.bytes))
            self._fetch(wanted)
            for _, target in wanted:
                make_public(target)
            for path, link in stored.tree.links.items():
                version.lead(version.folder / path, link)
            sync_versions([version])
            self._note(version.folder.with_suffix(""), stored)
            self._show_here(version)

    def _fetch(self, wanted: Collection[tuple[TreeFile, Path]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [pool.submit(self.shelf.fetch, self.path, file, path) for file, path in wanted]:
                done.result()

    def fetch_here(self, place: Path) -> None:
        """Give a file of the copy its content, if there is only a placeholder."""
        meant, base = meant_by(place), self.base()
        file = (
            next((one for one in base.tree.files.values() if meant and one.sha256 == meant.sha256), None)
            if base
            else None
        )
        if file:
            with tempfile.TemporaryDirectory(dir=self.notes) as room:
                self.shelf.fetch(self.path, file, Path(room, "content"))
                Path(room, "content").replace(place)
                make_public(place)

    def _noted(self, version: Path) -> StoredTree | None:
        try:
            etag, _, content = (self.notes / version.name).read_bytes().partition(b"\n")
            return StoredTree(tree_from_json(content), etag.decode())
        except (OSError, ValueError):
            return None

    def _note(self, version: Path, stored: StoredTree) -> None:
        try:
            make_folder(self.notes)
            part = self.notes / f"{version.name}.part"
            part.write_bytes(stored.etag.encode() + b"\n" + tree_to_json(stored.tree))
            part.rename(self.notes / version.name)
        except OSError as error:
            raise cannot_write(self.pointer, error) from error

    # --- new versions -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def draft(self, *, empty: bool = False) -> Iterator[FolderVersion]:
        """Give a copy of the version that is shown, whose contents can be fetched, or an empty folder."""
        # slots=True makes a class of its own, which `super()` without arguments does not know
        with VersionedFolder.draft(self, empty=empty) as version:
            version.fetch = self._fetch_below
            yield version

    def _fetch_below(self, folder: Path) -> None:
        """Give the files below a folder of a draft their contents."""
        base = self.base()
        named = {file.sha256: file for file in base.tree.files.values()} if base else {}
        found = {path: meant for path in sorted(folder.rglob("*")) if (meant := meant_by(path))}
        unknown = next((path for path, meant in found.items() if meant.sha256 not in named), None)
        if unknown:
            raise self._not_known(unknown)
        for path in found:
            path.unlink()
        self._fetch([(named[meant.sha256], path) for path, meant in found.items()])

    def show(self, draft: FolderVersion) -> None:
        """Show a draft to everybody: LostRace when another host showed a version since the draft was begun."""
        base = self.base()
        stored = self._put(draft.folder, base)
        self._note(draft.folder.with_suffix(""), stored)
        self._show_here(draft)
        # what is left over is found by the next version, too
        with contextlib.suppress(TemporaryProblem):
            self.shelf.sweep(self.path, stored.tree, base.tree.before if base else ())

    def _show_here(self, version: FolderVersion) -> None:
        VersionedFolder.show(self, version)
        if not self.is_whole:
            # nobody reads here what was shown before, and it may be what has to go
            for old in self.others():
                shutil.rmtree(old, ignore_errors=True)
            self._without_data()
        numbers = sorted((note for note in self.notes.glob("*") if note.name.isdigit()), key=lambda one: int(one.name))
        for note in numbers[:-2]:
            note.unlink(missing_ok=True)

    def _without_data(self) -> None:
        """Put placeholders in the place of data: they are in the store, and a city has many of them."""
        base = self.base()
        files = base.tree.files if base else {}
        data = {file.sha256 for path, file in files.items() if path.startswith(READ_BACK)}
        for path, file in files.items():
            place = self.shown / path
            if file.sha256 in data and place.name not in READ_HERE and not meant_by(place):
                place.unlink(missing_ok=True)
                place.write_bytes(placeholder(file.sha256, file.bytes))

    def _put(self, folder: Path, base: StoredTree | None) -> StoredTree:
        """Store a version that was made from the tree `base`, and show it; return the tree that is shown then."""
        tree, new = self._tree_of(folder, base)
        if base and has_same_content(tree, base.tree):
            return base
        put = self.shelf.upload(self.path, [(file, path) for file, path in new.values()])
        for path, file in tree.files.items():
            if path.startswith(READ_BACK) and file.sha256 in put:
                self._expect_whole(put[file.sha256], path)
        files = {path: put.get(file.sha256, file) for path, file in tree.files.items()}
        return self.shelf.swap(self.path, replace(tree, files=files), base)

    def _expect_whole(self, file: TreeFile, path: str) -> None:
        if self.shelf.stored_sha256(self.path, file) != file.sha256:
            raise TemporaryProblem(
                f"{path} of {self.path} did not read back from the object store as it was written.",
                fix="Nothing has to be done: the site shows what it showed before, and the next run tries again. If "
                "it happens again, have the store looked at.",
            )

    def _tree_of(self, folder: Path, base: StoredTree | None) -> tuple[Tree, dict[str, tuple[TreeFile, Path]]]:
        """Return the tree of a folder, and by sha256 the contents in it that the tree it was made from has not."""
        number = base.tree.number + 1 if base else 1
        known = {file.sha256: file for file in base.tree.files.values()} if base else {}
        unchanged = self._files_by_inode(base)
        files, links, new = {}, {}, {}
        for path, place in _walk(folder):
            if place.is_symlink():
                links[path] = os.readlink(place)  # noqa: PTH115 - the text, as it is written
                continue
            state = place.stat()
            if file := unchanged.get((state.st_dev, state.st_ino)):
                files[path] = file
                continue
            sha256 = content_sha256(place)
            if sha256 not in known and meant_by(place):
                raise self._not_known(place)
            if sha256 not in known and sha256 not in new:
                new[sha256] = (TreeFile(sha256, state.st_size, number), place)
            files[path] = known[sha256] if sha256 in known else new[sha256][0]
        before = base.tree.objects - {file.object for file in files.values()} if base else frozenset()
        return Tree(number, files, links, before), new

    def _files_by_inode(self, base: StoredTree | None) -> dict[tuple[int, int], TreeFile]:
        """Return what is known of the files of the copy: a link to one of them need not be read again."""
        found = {}
        for path, file in base.tree.files.items() if base else ():
            with contextlib.suppress(OSError):
                state = (self.shown / path).lstat()
                found[state.st_dev, state.st_ino] = file
        return found

    def _not_known(self, place: Path) -> SetupProblem:
        return SetupProblem(
            f"The copy of the site at {self.pointer} names a content that the object store does not have there "
            f"({place.name}).",
            fix=f"Delete the folder {self.pointer} and {self.versions}: the next run fetches them from the store.",
        )

    # --- what is damaged, and what has to go --------------------------------------------------------------------------

    def damaged(self) -> frozenset[str]:
        """Return the objects of the tree of the copy that are not in the store as they were put there."""
        base = self.base()
        return self.shelf.damaged(self.path, base.tree) if base else frozenset()

    def forget(self, damaged: frozenset[str]) -> None:
        """Let the shown version name no objects that are damaged, so that they are made and stored anew. While locked.

        What says that pages are up to date goes as well.
        """
        base = self.base()
        if base is None:
            return
        left = without_objects(base.tree, damaged)
        files = {path: file for path, file in left.files.items() if path not in (STAMP, DESCRIBED)}
        for path in base.tree.files.keys() - files.keys():
            (self.shown / path).unlink(missing_ok=True)
        tree = replace(left, files=files, number=base.tree.number + 1)
        self._note(self.shown, self.shelf.swap(self.path, tree, base))

    def take_back(self, before: Path) -> None:
        """Show again what the store showed before; the copy follows by the next refresh. While locked."""
        base, old = self.base(), self._noted(before)
        if base and old:
            self.shelf.swap(self.path, replace(old.tree, number=base.tree.number + 1), base)

    def left_over(self) -> bool:
        """Return whether the store has anything in the folder that the shown version does not name."""
        base = self.base()
        return base is not None and bool(self.shelf.unnamed(self.path, base.tree))

    def purge(self) -> int:
        """Remove from the store everything that the shown version does not name; return how many. While locked.

        SetupProblem when any of it is there afterwards.
        """
        base = self.base()
        if base is None:
            return 0
        # also where a list that is a moment old hides it
        doomed = {*base.tree.before, *self.shelf.unnamed(self.path, base.tree)} - base.tree.objects
        if base.tree.before:
            base = self.shelf.swap(self.path, replace(base.tree, number=base.tree.number + 1, before=frozenset()), base)
            self._note(self.shown, base)
        removed = 0
        for _ in range(PURGES):
            if not doomed:
                break
            left = self.shelf.remove(self.path, doomed)
            removed += len(doomed) - len(left)
            doomed = {*left, *self.shelf.unnamed(self.path, base.tree)}
        if not doomed:
            return removed
        raise SetupProblem(
            f"{len(doomed):,} objects of {self.path} are still in the store after they were removed.",
            fix="Give the key of londata the right to delete below site/ in that bucket, and see that no other run "
            "writes there; then run the same command again.",
            why="The site does not show them any more, but what has to go has to be gone.",
        )


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file and link below a folder, with its path in it."""
    for where, folders, names in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        for name in sorted((*links, *names)):
            place = Path(where, name)
            yield place.relative_to(folder).as_posix(), place
