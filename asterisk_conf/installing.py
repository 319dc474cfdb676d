"""Installing what was planned, and taking all of it back.

In: an `Installation`, an Asterisk's folders. Out: our own files below `ringback/`, one `#tryinclude` at the
end of each file that must read them, and a manifest, which is written before anything it names: an
install that was cut off is gone on with, or removed, like a whole one. Reloading is the caller's.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from asterisk_conf.leading import check_nothing_leads
from asterisk_conf.manifest import NAME, Host, Manifest, Sound, sum_of
from asterisk_conf.places import Places, write
from asterisk_conf.planning import Change, Installation, content_of, gone
from asterisk_conf.render import FOLDER
from asterisk_conf.sounds import is_recorded
from asterisk_conf.values import Choices
from ringback.errors import TryAgain


def install(
    todo: Installation, places: Places, now: datetime, choices: Choices | None = None
) -> None:
    """Does what was planned.

    Args:
        todo: What.
        places: Asterisk's folders.
        now: For the names of the copies.
        choices: Are kept for the next time.

    Raises:
        BadInput: Calls still lead to what would be gone; nothing was changed.
        TryAgain: A sound could not be made, or a file is not any more as it was planned from; nothing
            was changed.
        OSError: A file could not be written; the next install goes on from there.
    """
    made = {one.place: one.make() for one in todo.sounds}
    _check_unchanged(todo, places.etc)
    check_nothing_leads(todo.changes, places.etc)
    manifest = Manifest.of(places.etc)
    manifest.choices = choices or manifest.choices
    before = {change.name: change.before for change in todo.changes}
    for name, added in todo.hosts.items():
        known = manifest.hosts.get(name)
        if known:
            known.added = added
        else:
            manifest.hosts[name] = _noted_host(name, added, before, places, now)
    manifest.files = sorted({*manifest.files, *todo.files})
    manifest.sounds |= {one.place: Sound(one.of, sum_of(made[one.place])) for one in todo.sounds}
    _note_folders(todo, places, manifest)
    _write_manifest(places, manifest)

    for place, content in made.items():
        write(places, places.sounds / place, content)
    for change in todo.changes:
        _apply(change, places)
    for place in todo.unwanted:
        _drop_sound(places, place, manifest.sounds.pop(place))
    for name in set(manifest.hosts) - set(todo.hosts):
        _drop_copy(places.etc, name, manifest.hosts.pop(name))
    manifest.files = sorted(todo.files)
    _write_manifest(places, manifest)


def remove(places: Places) -> list[str]:
    """Takes everything back; tells what could not be, or was left on purpose, a line each.

    Raises:
        BadInput: Calls still lead to what would be gone; nothing was changed.
    """
    manifest = Manifest.of(places.etc)
    changes = tuple(gone(places.etc, manifest, set(), set()))
    check_nothing_leads(changes, places.etc)
    for change in changes:
        _apply(change, places)
    left = [_drop_copy(places.etc, name, host) for name, host in manifest.hosts.items()]
    left += [_drop_sound(places, place, sound) for place, sound in manifest.sounds.items()]
    (places.etc / NAME).unlink(missing_ok=True)
    for folder in map(Path, reversed(manifest.folders)):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return [line for line in left if line]


def _check_unchanged(todo: Installation, etc: Path) -> None:
    """Between the question and the yes somebody may have saved a file; it would be lost."""
    for change in todo.changes:
        if content_of(etc / change.name) != change.before:
            raise TryAgain(f"{etc / change.name} was changed just now. Run the install again.")


def _noted_host(
    name: str, added: str, changed: Mapping[str, bytes | None], places: Places, now: datetime
) -> Host:
    """Copies a file of somebody else before it is changed for the first time.

    One that includes ours already, by somebody's hand, is not changed; but its line goes with our file.
    """
    if name not in changed:
        return Host(added, existed=True, copy="")
    content = changed[name]
    if content is None:
        return Host(added, existed=False, copy="")
    copy = f"{name}.ringback-{now:%Y%m%dT%H%M%S}"
    mode = (places.etc / name).stat().st_mode & 0o7777
    write(places, places.etc / copy, content, mode)
    return Host(added, existed=True, copy=copy)


def _note_folders(todo: Installation, places: Places, manifest: Manifest) -> None:
    """Those that will be made, the outer ones first."""
    paths = [places.etc / NAME, *(places.sounds / one.place for one in todo.sounds)]
    for path in paths:
        for folder in map(str, reversed(path.parents)):
            if not Path(folder).exists() and folder not in manifest.folders:
                manifest.folders.append(folder)


def _write_manifest(places: Places, manifest: Manifest) -> None:
    write(places, places.etc / NAME, manifest.to_json(), 0o600)


def _apply(change: Change, places: Places) -> None:
    path = places.etc / change.name
    if change.after is None:
        path.unlink(missing_ok=True)
    elif change.name.startswith(f"{FOLDER}/"):
        write(places, path, change.after, 0o640 if change.secret else 0o644)
    else:
        write(places, path, change.after, through=True)


def _drop_sound(places: Places, place: str, sound: Sound) -> str:
    """Takes a sound of ours away; tells of one that is not any more."""
    path = places.sounds / place
    if is_recorded(path, sound):
        return f"{path} was recorded by phone and is kept."
    path.unlink(missing_ok=True)
    return ""


def _drop_copy(etc: Path, name: str, host: Host) -> str:
    """A copy of what the file is again says nothing more; another one is left and told."""
    copy = etc / host.copy
    if not host.copy or not copy.exists():
        return ""
    if content_of(copy) == content_of(etc / name):
        copy.unlink()
        return ""
    return f"{etc / name} has been changed since; it was once as {copy} is."
