# make run    builds Pixmill and starts the server; ARGS="--port 9000" passes options on
# make test   installs what the tests need and runs everything

# Test programs from PyPI go into a place of their own.
TOOLS := target/test-tools

.PHONY: run test ui wire prepare style-tools style units api page bench

run: prepare ui
	cargo run --release --locked --package pixmill-server -- serve $(ARGS)

test: style-tools prepare ui style units api page

# A C compiler for the encoders. On a Debian without one it is installed.
prepare:
	@command -v cc >/dev/null || { \
		echo "installing a C compiler"; \
		apt-get update -qq && apt-get install -y --no-install-recommends build-essential; }

# The page, which the server holds in its binary.
ui: ui/node_modules/.package-lock.json
	cd ui && npm run --silent check && npm run --silent build

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node 20.19 or newer" >&2; exit 1; }
	cd ui && npm ci --no-audit --no-fund

# Writes down for the page what the views of the engine are.
wire:
	cargo test --workspace --locked --lib write_the_views_anew -- --ignored

# They come with rustup's default profile; a minimal one, or a distribution's Rust, may lack them.
style-tools:
	@for tool in fmt clippy; do cargo $$tool --version >/dev/null 2>&1 || { \
		echo "cargo $$tool is missing: get it with 'rustup component add rustfmt clippy'," \
			"or with your system's packages rustfmt and clippy" >&2; exit 1; }; done

style: style-tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

units: $(TOOLS)/ready
	PIXMILL_TEST_REQUIRE_MONGODB=1 PIXMILL_TEST_REQUIRE_S3=1 cargo test --workspace --locked

api: $(TOOLS)/ready
	cargo test --workspace --locked --no-run
	server/tests/api/check.sh target/debug/pixmill $(TOOLS)/bin

# The page by itself, and in a browser against the server that the tests have built.
page: ui
	command -v chromium >/dev/null || { \
		apt-get update -qq && apt-get install -y --no-install-recommends chromium; }
	cargo test --workspace --locked --no-run
	cd ui && npm test --silent && npm run --silent test:e2e

$(TOOLS)/ready: server/tests/requirements.txt
	python3 -m venv $(TOOLS) || { \
		apt-get update -qq && apt-get install -y --no-install-recommends python3-venv; \
		python3 -m venv $(TOOLS); }
	$(TOOLS)/bin/pip install --quiet --requirement $<
	touch $@

# Ratios against floors and peers, each measured in one run.
bench: prepare
	cargo bench --locked --package pixmill-engine
