"""What stands under deploy/ fits the product: its settings, its commands, its limits."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands
from django.core.validators import MaxValueValidator

from progress.api.errors import KINDS, TYPE_PREFIX
from progress.models import Policy
from progress.pages.large_uploads import BESIDE_THE_FILE
from tianjin_pilot.environment import SECRETS
from tianjin_pilot.tests.installation import DEPLOY, unit
from tianjin_pilot.tests.variables import names_read

SERVICES = sorted(path.name for path in (DEPLOY / "systemd").glob("*.service"))
KNOWN = names_read() | {f"{name}_FILE" for name in SECRETS}
MEGABYTE_OF_NGINX = 2**20


@pytest.mark.parametrize("name", SERVICES)
def test_each_unit_runs_a_program_of_ours_with_little_power(name: str) -> None:
    settings = unit(name)
    assert settings["EnvironmentFile"] == ["/etc/tianjin-pilot/environment"]
    assert settings["User"] == ["tianjin-pilot"]
    for measure in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictNamespaces"):
        assert settings[measure] == ["yes"], measure
    assert settings["ProtectSystem"] == ["strict"]
    for line in [*settings["ExecStart"], *settings.get("ExecStartPre", [])]:
        program, *words = line.split()
        assert Path(program).parent == Path("/opt/tianjin-pilot/current/.venv/bin")
        if words[0] == "manage.py":
            assert words[1] in get_commands()
    if settings["Type"] != ["oneshot"]:
        # Enabled by itself it begins with the machine, whether all of the target runs there or not.
        assert settings["WantedBy"] == ["multi-user.target tianjin-pilot.target"]
        assert settings["Restart"] == ["always"]
        assert "manage.py service_check --wait" in settings["ExecStartPre"][0]


def test_the_example_sets_what_the_settings_read_and_all_its_readers_read_the_same() -> None:
    example = (DEPLOY / "environment.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) <= KNOWN
    for value in re.findall(r"^(?:# )?[A-Z_]+=(.*)", example, re.MULTILINE):
        assert re.fullmatch(r"[\w.,:/@+-]*|'[^']*'", value, re.ASCII), value


def test_the_guide_speaks_of_units_that_there_are() -> None:
    guide = (DEPLOY.parent / "docs" / "operations.md").read_text()
    named = re.findall(r"\b(tianjin-pilot(?:-[a-z]+@?|(?=\.target)))\w*\*?(\.[a-z]+\b)?", guide)
    units = {
        name + (kind or ".service") for name, kind in named if kind not in {".zip", ".service.d"}
    }
    assert units >= {"tianjin-pilot.target", "tianjin-pilot-worker@.service"}
    assert units <= {path.name for path in (DEPLOY / "systemd").iterdir()}


def test_nginx_lets_through_what_the_product_takes() -> None:
    site = (DEPLOY / "nginx" / "tianjin-pilot.conf").read_text()
    [largest] = re.findall(r"client_max_body_size (\d+)m;", site)
    validators = Policy._meta.get_field("evidence_megabytes").validators
    [most] = [one.limit_value for one in validators if isinstance(one, MaxValueValidator)]
    assert int(largest) * MEGABYTE_OF_NGINX >= most * 1_000_000 + BESIDE_THE_FILE
    # REVERSE_PROXIES=1 reads the last address, which is the one that this line adds.
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in site
    assert "X-Forwarded-Proto $scheme;" in site
    # A location with a header of its own would lose the server's.
    assert site.count("proxy_set_header") == 4
    # What it answers by itself has a page, and for programs a problem document.
    for page in re.findall(r"location = (/[a-z-]+\.html) ", site):
        assert (DEPLOY / "nginx" / page.removeprefix("/")).exists()
    problems = [json.loads(said) for said in re.findall(r"return \d+ '(.+)';", site)]
    assert [(one["status"], one["type"]) for one in problems] == [
        (status, TYPE_PREFIX + KINDS[status][0]) for status in (429, 503)
    ]
    assert set(re.findall(r"limit_req zone=(\w+)", site)) == set(re.findall(r"zone=(\w+):", site))


def test_the_containers_have_what_the_service_needs() -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    ours = {
        name: one
        for name, one in composed["services"].items()
        if one["image"].startswith("tianjin")
    }
    assert set(ours) == {"prepare", "web", "worker", "beat"}
    for name, one in ours.items():
        assert set(one["environment"]) <= KNOWN, name
        for variable, value in one["environment"].items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in one["secrets"], name
        assert set(one["secrets"]) <= set(composed["secrets"]), name
        assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"]), name
    assert ours["prepare"]["command"][1] in get_commands()
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    # What runs has fetched nothing itself, and runs under no account of power.
    assert "pip" not in dockerfile.rpartition("FROM")[2]
    assert dockerfile.index("USER tianjin-pilot") < dockerfile.index("ENTRYPOINT")
    for copied in ("deploy/checked", "requirements.txt", "manage.py"):
        assert (DEPLOY.parent / copied).exists()
