"""The actions behind keys and menu entries: one table from names to callables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from simpsons_play.window.widgets import keys
from simpsons_play.window.widgets.keys import Binding


class Actions:
    """Runs the action of a key binding.

    Some actions belong to a source: they are registered when it is opened and unregistered when it is left.
    Their names are known in advance, so that a binding with an unknown action is found immediately.

    Args:
        commands: Actions without an argument.
        adjustments: Actions that take the argument of their binding, such as the seconds to seek by.
        states: For each toggle, whether it is on.
        source_actions: Names of the actions that belong to a source.

    Raises:
        ValueError: A binding has an unknown action, or a toggle without a state.
    """

    def __init__(
        self,
        *,
        commands: Mapping[str, Callable[[], object]],
        adjustments: Mapping[str, Callable[[float], object]],
        states: Mapping[str, Callable[[], bool]],
        source_actions: Collection[str],
    ) -> None:
        self._commands, self._adjustments, self._states = dict(commands), dict(adjustments), states
        self._source_actions = frozenset(source_actions)
        for binding in keys.BINDINGS:
            if binding.action not in self._source_actions:
                self._check(binding)
            if binding.is_toggle and binding.action not in states:
                raise ValueError(f"the toggle {binding.action!r} of key {binding.shown!r} has no state")

    def register(
        self,
        *,
        commands: Mapping[str, Callable[[], object]],
        adjustments: Mapping[str, Callable[[float], object]],
    ) -> None:
        """Add the actions of a source.

        Raises:
            ValueError: They are not the expected ones, or take other arguments than their bindings have.
        """
        registered = {*commands, *adjustments}
        if registered != self._source_actions:
            differing = sorted(registered ^ self._source_actions)
            raise ValueError(f"expected the actions of a source; these differ: {', '.join(differing)}")
        self._commands.update(commands)
        self._adjustments.update(adjustments)
        for binding in keys.BINDINGS:
            self._check(binding)

    def unregister(self) -> None:
        """Remove the actions of a source."""
        for name in self._source_actions:
            self._commands.pop(name, None)
            self._adjustments.pop(name, None)

    def run(self, binding: Binding) -> None:
        """Run the action of a binding; actions of a source do nothing while there is none."""
        if binding.argument is None:
            if (command := self._commands.get(binding.action)) is not None:
                command()
        elif (adjust := self._adjustments.get(binding.action)) is not None:
            adjust(binding.argument)

    def is_on(self, binding: Binding) -> bool:
        """Whether the toggle of a binding is on."""
        return self._states[binding.action]()

    def _check(self, binding: Binding) -> None:
        known = self._commands if binding.argument is None else self._adjustments
        if binding.action not in known:
            kind = "without" if binding.argument is None else "with"
            raise ValueError(f"key {binding.shown!r}: no action {binding.action!r} {kind} an argument")
