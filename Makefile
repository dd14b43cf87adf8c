# make run: the app.  make test: every test.  Both set up what they need; the second time they start at once.
PYTHON ?= $(shell command -v python3.11 || (python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && command -v python3))
PORT ?= 8501
BIN := .venv/bin
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
# glibc would keep the memory of freed columns for itself.
export MALLOC_MMAP_THRESHOLD_ := 1048576
.DEFAULT_GOAL := help
.PHONY: help run test test-slow lint lock sbom audit catalogue docs benchmark truth

help: ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/installed ## set up and start the app, its address is printed
	@$(BIN)/streamlit run pages/server/app.py --server.port $(PORT)

test: .venv/tested browser lint ## set up and run every test
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not alone and not slow" --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest -m alone

test-slow: .venv/tested ## what needs many simulated worlds, up to an hour
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow --numprocesses auto --maxprocesses 4

lint: .venv/tested ## style, common mistakes, who may import what, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy

benchmark: .venv/tested browser ## the figures of docs/benchmarks.md
	@for script in import_time pages crowd demo preparation training intervals quality retraining scoring batches single registry drift replay; do $(BIN)/python -m benchmarks.$$script; done

truth: .venv/tested ## the error rates of docs/truth.md, up to an hour
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.truth.report

catalogue: .venv/installed ## bring the translations up to date with the texts in the code
	@$(BIN)/pybabel -q extract -k _ -k message --no-location --sort-output --omit-header --width 120 -o core/text/locale/courtside.pot Home.py pages core
	@$(BIN)/pybabel -q update -N --omit-header --ignore-obsolete --width 120 --ignore-pot-creation-date -i core/text/locale/courtside.pot -d core/text/locale -D courtside

docs: .venv/installed ## write what the documentation takes from the code
	@$(BIN)/python -m docs.from_code

lock: .venv/tested ## write requirements.txt and tests/requirements.txt anew
	@$(BIN)/pip install -q pip-tools
	@PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	@PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o tests/requirements.txt tests/requirements.in

sbom: .tools/installed ## sbom.json: what requirements.txt installs, with its hashes (CycloneDX)
	@.tools/bin/cyclonedx-py requirements --output-reproducible -o sbom.json requirements.txt

audit: .tools/installed ## known vulnerabilities of what requirements.txt installs; asks the network
	@.tools/bin/pip-audit --require-hashes --disable-pip -r requirements.txt

.tools/installed:
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install -q --disable-pip-version-check cyclonedx-bom pip-audit
	@touch $@

.venv/installed: requirements.txt
	@test -n "$(PYTHON)" || { echo "Courtside needs Python 3.11, which was not found. Get it with: uv python install 3.11, pyenv install 3.11, or apt install python3.11 python3.11-venv; then make $(MAKECMDGOALS), or make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "$(PYTHON) is not Python 3.11, which Courtside needs."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the requirements; this takes a few minutes, once."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/tested: .venv/installed tests/requirements.txt
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

.PHONY: browser
browser: .venv/tested
	@command -v chromium >/dev/null || ls $$HOME/.cache/ms-playwright/chromium* >/dev/null 2>&1 \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && apt-get -qq install -y chromium >/dev/null; } \
	|| $(BIN)/playwright install --with-deps chromium
