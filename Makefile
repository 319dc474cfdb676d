# Each target sets up what it needs; a second run starts in seconds.

.PHONY: help demo run test check soak lock

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/: .*##/\t/'

demo: ## show the product on a sample company; ASTERISK=1 with a real Asterisk (root)
ifdef ASTERISK
	@scripts/setup.sh dev
	@scripts/test-servers.sh
	@.venv/bin/python -m tests.asterisk.demo
else
	@scripts/setup.sh run
	@.venv/bin/ringback demo
endif

run: ## run the product with the settings of the environment
	@scripts/setup.sh run
	@.venv/bin/ringback run

test: ## install the real servers (root or sudo) and run all tests
	@scripts/setup.sh dev
	@scripts/test-servers.sh
	@.venv/bin/pytest

check: ## format, lint, types, import contracts
	@scripts/setup.sh dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

soak: ## the long runs: the same tests at full size
	@scripts/setup.sh dev
	@scripts/test-servers.sh
	@RINGBACK_TEST_KILLS=60 .venv/bin/pytest tests/test_killed.py --timeout 3600

lock: ## choose the newest versions and write the locks
	@scripts/setup.sh dev
	@scripts/lock.sh
