# The commands of the project. `make help` lists them; each does what it needs to by itself.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run check test test-long load screenshots schema messages clean

python := .venv/bin/python
# What the programs print has Chinese in it, whatever the language of the terminal.
export PYTHONUTF8 = 1

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || \
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1   \2/p' Makefile

run: .venv/installed ## start the product with demonstration data (PORT and HOST may be set)
	@exec $(python) -m tianjin_pilot.embedded

check: .venv/installed-dev ## the quick part of the tests: style, types, migrations, SQLite
	@exec $(python) -m tianjin_pilot.tests.run check

test: .venv/installed-dev ## every test, on SQLite and PostgreSQL, with a browser and real services
	@exec $(python) -m tianjin_pilot.tests.run test

test-long: .venv/installed-dev ## as test, with many more generated examples
	@exec $(python) -m tianjin_pilot.tests.run long

load: .venv/installed-dev ## the last hour of a due date, on one machine as in service (OPTIONS=--help)
	@exec $(python) -m tianjin_pilot.tests.load $(OPTIONS)

screenshots: .venv/installed-dev ## a picture of every page at three widths, in var/screenshots/ (LANGUAGE=en)
	@exec $(python) -m tianjin_pilot.tests.screenshots

schema: .venv/installed-dev ## write docs/openapi.yaml anew, unless it takes back what version 1 has promised
	@exec $(python) -m tianjin_pilot.tests.describe

messages: .venv/installed ## gather the texts to translate into locale/ and compile them
	@exec $(python) -m tianjin_pilot.messages

clean: ## remove what the commands made, and with var/ the data of `make run`
	rm -rf .venv var staticfiles

# The virtual environment. Packages are installed again only when a list of them has changed, or
# when the Python that the environment was made with has gone.

install := $(python) -m pip install --quiet --disable-pip-version-check --requirement

.venv/installed: requirements.txt $(if $(shell $(python) -c 'print(1)' 2>/dev/null),,anew)
	@$(find-python); $(make-environment)
	@echo 'Installing what requirements.txt lists (about a minute) …'
	@$(install) requirements.txt
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo 'Installing what requirements-dev.txt lists …'
	@$(install) requirements-dev.txt
	@touch $@

.PHONY: anew
anew:

# The first Python that is new enough and can make a virtual environment.
define find-python
found= chosen=; \
for candidate in python3.11 python3.12 python3.13 python3; do \
  $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    2>/dev/null || continue; \
  found=$$candidate; \
  $$candidate -c 'import ensurepip, venv' 2>/dev/null && chosen=$$candidate && break; \
done; \
if [ -z "$$found" ]; then \
  echo 'Python 3.11, 3.12 or 3.13 is missing. To install it:' >&2; \
  echo '    sudo apt-get install python3 python3-venv' >&2; exit 1; \
elif [ -z "$$chosen" ]; then \
  echo "The venv module of $$found is missing. To install it:" >&2; \
  echo "    sudo apt-get install $$found-venv" >&2; exit 1; \
fi
endef

# A folder that was left half made, or whose Python has gone, is made anew.
define make-environment
$(python) -m pip --version >/dev/null 2>&1 || \
  { echo "Making .venv with $$chosen …"; $$chosen -m venv --clear .venv; }
endef
