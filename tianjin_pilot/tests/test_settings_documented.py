"""What the settings read from the environment is what the table of the README says, in both."""

import re

import pytest

from tianjin_pilot.environment import SECRETS
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.variables import OF_MAKE_RUN, names_read


@pytest.mark.parametrize(
    ("readme", "heading"), [("README.md", "## Settings"), ("README.zh-CN.md", "## 配置")]
)
def test_the_table_names_every_variable_and_no_other(readme: str, heading: str) -> None:
    section = (ROOT / readme).read_text().partition(heading)[2].partition("\n## ")[0]
    prose, _, table = section.partition("\n|")
    named = [
        name
        for row in table.splitlines()
        for name in re.findall(r"`([A-Z][A-Z_]+)`", row.removeprefix("|").partition("|")[0])
    ]
    assert len(named) == len(set(named))
    assert set(named) == names_read() | OF_MAKE_RUN
    # Those that may be files are listed above the table.
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", prose)) == set(SECRETS)
