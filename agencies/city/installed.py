"""What the installation sets of the city's sign-on. The settings import this."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Provider:
    """`second_factors` are the values of acr or amr by which it says that it has asked for one."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    second_factors: frozenset[str] = frozenset()
