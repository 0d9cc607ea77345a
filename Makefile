# make run    builds Pixmill and starts the server; ARGS="--port 9000" passes options on
# make test   installs what the tests need and runs everything

# Test programs from PyPI go into a place of their own.
TOOLS := target/test-tools

.PHONY: run test prepare style units api bench

run: prepare
	cargo run --release --locked --package pixmill-server -- serve $(ARGS)

test: prepare style units api

# A C compiler for the encoders. On a Debian without one it is installed.
prepare:
	@command -v cc >/dev/null || { \
		echo "installing a C compiler"; \
		apt-get update -qq && apt-get install -y --no-install-recommends build-essential; }

style:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

units:
	cargo test --workspace --locked

api: $(TOOLS)/ready
	cargo build --package pixmill-server --locked
	server/tests/api/check.sh target/debug/pixmill $(TOOLS)/bin

$(TOOLS)/ready: server/tests/api/requirements.txt
	python3 -m venv $(TOOLS) || { \
		apt-get update -qq && apt-get install -y --no-install-recommends python3-venv; \
		python3 -m venv $(TOOLS); }
	$(TOOLS)/bin/pip install --quiet --requirement $<
	touch $@

# Ratios against floors and peers, each measured in one run.
bench: prepare
	cargo bench --locked --package pixmill-engine
