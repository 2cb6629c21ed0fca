"""What people were told is saved, to be looked for afterwards."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Item:
    """What is written: the report on a task, or what an agency contributes to it."""

    task: int
    period: str
    agency: int | None

    @property
    def address(self) -> str:
        """The page of it, at which its other pages begin."""
        part = f"contributions/{self.agency}/" if self.agency is not None else ""
        return f"/tasks/{self.task}/reports/{self.period}/{part}"


@dataclass(frozen=True, slots=True)
class Saved:
    """A text that was answered as stored: as which version, and the fields by name."""

    item: Item
    by: int
    version: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was answered as made; of a submission with the text that was sent along."""

    item: Item
    by: int
    move: str
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that was answered as attached, by the SHA-256 of its bytes."""

    item: Item
    by: int
    sha256: str


@dataclass
class Told:
    """All that people were told; many write at once."""

    saved: list[Saved] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    exports: set[int] = field(default_factory=set)
    # Refused for what others had not handed in, which keeps the text as a draft: nobody was told so
    # by its version, and what stands may be this.
    not_submitted: list[Saved] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, *acts: Saved | Moved | Attached) -> None:
        with self._lock:
            for act in acts:
                match act:
                    case Saved():
                        self.saved.append(act)
                    case Moved():
                        self.moved.append(act)
                    case Attached():
                        self.attached.append(act)

    def submission_refused(self, text: Saved) -> None:
        with self._lock:
            self.not_submitted.append(text)

    def export_asked(self, pk: int) -> None:
        with self._lock:
            self.exports.add(pk)

    @property
    def count(self) -> int:
        return len(self.saved) + len(self.moved) + len(self.attached) + len(self.exports)
