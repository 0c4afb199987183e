"""Small screens over the screen: a question, a choice, something that was refused, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

Answer = TypeVar("Answer")
CSS = """
ModalScreen { align: center middle; background: transparent; }
.dialog { width: 76; max-width: 96%; height: auto; max-height: 94%; border: round ansi_bright_black; padding: 0 1;
    background: ansi_default; color: ansi_default; }
.wide { width: 96%; max-width: 120; }
.dialog .heading { text-style: bold; margin-bottom: 1; }
.dialog VerticalScroll { height: auto; max-height: 14; scrollbar-size-vertical: 1; }
.dialog .keys { margin-top: 1; }
.dialog Input { border: none; height: 1; padding: 0 2; background: ansi_default; text-style: underline; }
.dialog Input:focus { text-style: bold underline; }
.label { color: ansi_default; text-style: dim; }
"""


class Label(Static):
    """What is to be typed in the field below; the field that is typed in is marked."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(classes="label", id=f"{field}-label")
        self.words = words
        self.field = field
        self.mark("")

    def mark(self, field: str) -> None:
        """Mark it where it is the label of that field."""
        self.update(Text(f"{'›' if field == self.field else ' '} {self.words}"))


class Form(ModalScreen[Answer | None], Generic[Answer]):
    """Fields with labels."""

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the field that is typed in."""
        for label in self.query(Label):
            label.mark(event.widget.id or "")


class Asked(Form[list[str]]):
    """Questions answered with a text each; None where they were left."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, heading: str, questions: Sequence[tuple[str, str]], words: str = "") -> None:
        super().__init__()
        self.heading = heading
        self.questions = questions
        self.words = words

    def compose(self) -> ComposeResult:
        """The questions under one another."""
        with Vertical(classes="dialog"):
            yield Static(Text(self.heading), classes="heading")
            if self.words:
                yield Static(Text(self.words))
            for place, (label, value) in enumerate(self.questions):
                yield Label(label, f"answer-{place}")
                yield Input(value, id=f"answer-{place}")
            yield Static(Text("enter: go on   escape: leave it", "dim"), classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next question, or the end."""
        inputs = list(self.query(Input))
        place = inputs.index(event.input)
        if place + 1 < len(inputs):
            self.set_focus(inputs[place + 1])
        else:
            self.dismiss([one.value.strip() for one in inputs])

    def action_leave(self) -> None:
        """Nothing is done."""
        self.dismiss(None)


class Chosen(ModalScreen[str]):
    """A question answered with one key of those offered; "" for escape."""

    def __init__(self, heading: str, lines: Sequence[str], offered: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.heading = heading
        self.lines = lines
        self.offered = offered

    def compose(self) -> ComposeResult:
        """The question, what it is about, and the keys."""
        words = "   ".join(f"{key}: {what}" for key, what in (*self.offered, ("escape", "leave it")))
        with Vertical(classes="dialog"):
            yield Static(Text(self.heading), classes="heading")
            with VerticalScroll():
                yield Static(Text("\n".join(self.lines)))
            yield Static(Text(words, "dim"), classes="keys")

    def on_key(self, event: events.Key) -> None:
        """One of the keys offered, or escape."""
        if event.key == "escape":
            self.dismiss("")
        elif event.character in dict(self.offered):
            self.dismiss(event.character)


class Told(ModalScreen[None]):
    """Something to be read; enter or escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,escape,q,x", "close", show=False)]

    def __init__(self, heading: str, body: Text) -> None:
        super().__init__()
        self.heading = heading
        self.body = body

    def compose(self) -> ComposeResult:
        """The words, and how to close them."""
        with Vertical(classes="dialog"):
            yield Static(Text(self.heading), classes="heading")
            with VerticalScroll():
                yield Static(self.body)
            yield Static(Text("enter: close", "dim"), classes="keys")

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)
