"""The environment's variables, read and checked: what is wrong is said with the variable's name."""

from __future__ import annotations

import re
from email.utils import getaddresses
from typing import Any

from environs import FileAwareEnv, ValidationError, validate
from environs.exceptions import EnvValidationError

_RATE = re.compile(r"(\d{1,9})/([1-9]\d{0,8})")


class Environment(FileAwareEnv):
    """environs' reader. A variable that is empty counts as missing, as compose and Helm leave them.

    `NAME_FILE` may hold the path of a file with the value of `NAME`, as secrets are mounted.
    """

    def __init__(self) -> None:
        super().__init__(strip_whitespace=True)

    def _get_value(self, env_key: str, default: Any) -> Any:
        value = super()._get_value(env_key, default)
        return default if value == "" else value

    def count(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number of at least `least`.

        Raises:
            EnvValidationError: it is something else; the message names the variable.
        """

        def large_enough(value: int) -> None:
            if value < least:
                raise ValidationError(f"Must be {least} or more.")

        return int(self.int(name, default, validate=large_enough))

    def rate(self, name: str, default: str) -> tuple[int, int]:
        """How often within how many seconds, from `30/60`; `0/60` is never.

        Raises:
            EnvValidationError: it does not look like that.
        """
        text = self.str(name, default)
        match = _RATE.fullmatch(text)
        if match is None:
            message = "Write how often, a slash, and within how many seconds, for example 30/60."
            raise EnvValidationError(
                f'Environment variable "{name}" invalid: “{text}”. {message}', [message]
            )
        return int(match[1]), int(match[2])

    def limit(self, name: str, **defaults: str) -> dict[str, tuple[int, int]]:
        """Of whom → how often within how many seconds; `LIMIT_<name>_<whom>=30/60` changes one."""
        return {
            whom: self.rate(f"LIMIT_{name}_{whom.upper()}", rate) for whom, rate in defaults.items()
        }

    def sender(self, name: str) -> str:
        """An email address, with or without a name before it; empty where there is none.

        Raises:
            EnvValidationError: it is something else; the message names the variable.
        """
        text = str(self.str(name, ""))
        try:
            addresses = [address for _, address in getaddresses([text])] if text else []
            for address in addresses:
                validate.Email()(address)
        except ValidationError:
            addresses = []
        if text and (len(addresses) != 1 or not text.isprintable()):
            message = "Write an address, or a name and one: Amena <photos@amena.example>."
            raise EnvValidationError(
                f'Environment variable "{name}" invalid: “{text}”. {message}', [message]
            )
        return text


env = Environment()
