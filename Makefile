# Each target sets up what it needs; a second run starts in seconds.

.PHONY: help demo run test check bench soak lock

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
	@.venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder # most of the time is calls that ring

check: ## format, lint, types, import contracts
	@scripts/setup.sh dev
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: ## speed beside the peers, as one table
	@scripts/setup.sh dev
	@scripts/test-servers.sh
	@.venv/bin/python -m bench

soak: ## the long runs: the same tests at full size
	@scripts/setup.sh dev
	@scripts/test-servers.sh
	@RINGBACK_TEST_KILLS=60 .venv/bin/pytest tests/test_killed.py --timeout 3600
	@RINGBACK_TEST_TEXTS=100000 .venv/bin/pytest -s tests/test_many_texts.py
	@RINGBACK_TEST_WISHES=500 .venv/bin/pytest tests/test_callback_story_killed.py tests/pbx_adapter/ringing/test_killed.py --timeout 3600
	@RINGBACK_TEST_FUZZ=15 .venv/bin/pytest tests/pbx_adapter/test_fuzz.py --timeout 1800
	@RINGBACK_TEST_ALL_KINDS=1 .venv/bin/pytest tests/pbx_adapter/backfill --timeout 1800
	@RINGBACK_TEST_BUSY_CALLS=300 RINGBACK_TEST_CUT_S=60 .venv/bin/pytest -s tests/test_busy_hour.py

lock: ## choose the newest versions and write the locks
	@scripts/setup.sh dev
	@scripts/lock.sh
