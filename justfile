# The gates of the workspace, one recipe each: the manual of what must hold and how to check it.
# `just --list` shows them; `bash .ci/run` runs them all, as CI does. Install: `cargo install just`.

set shell := ["bash", "-euo", "pipefail", "-c"]

published := "emis-types emis-audit emis-credentials emis-client emis-settings emis-diagnostics emis-messaging emis-reminders emis-booking emis-store emis-partner emis-fleet emis-sim"

[private]
default:
    @just --list --unsorted

# Runs the main job: a simulated practice sets up, books, reminds, breaks and is mended.
[group('use')]
quickstart:
    cargo run --locked --example quickstart

# Builds the documentation of all crates, linked with each other, in target/doc.
[group('use')]
docs *arguments:
    # rustdoc links to another crate where its folder is there already.
    for crate in {{ replace(published, "-", "_") }}; do mkdir -p "${CARGO_TARGET_DIR:-target}/doc/$crate"; done
    cargo doc --locked --workspace --no-deps {{ arguments }}

# Builds the pages of docs/ as a site, in target/book, and checks their links.
[group('gates')]
book: links (tools "mdbook")
    mdbook build --dest-dir "${CARGO_TARGET_DIR:-$PWD/target}/book"

# Compares the speed of decoding with that of the types that progenitor generates from EMIS's document.
[group('use')]
progenitor document="../shared/openapi/emis-partner-api-1.2.json":
    EMIS_PARTNER_OPENAPI="$(realpath {{ document }})" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/progenitor" \
        cargo run --quiet --release --manifest-path crates/emis-client/benches/progenitor/Cargo.toml

# Prepares a release up to the upload: checks tree, version and changelog, packages, writes the tag's text.
[group('use')]
release version day="":
    bash .ci/release {{ version }} {{ day }}

# Builds emis-sim and emis as wheels for Python's pip, and runs the example tests with them installed.
[group('gates')]
wheels profile="dev":
    bash .ci/wheels {{ profile }}

# Formats the code.
[group('use')]
fmt:
    cargo fmt --all

# Installs what the gates need and the machine lacks, without optimisation: they are small jobs.
[group('use')]
tools *names="typos cargo-deny cargo-machete cargo-hack cargo-public-api cargo-fuzz":
    for tool in {{ names }}; do \
        command -v "$tool" >/dev/null && continue; \
        if [ "$tool" = typos ]; then python3 -m pip install --quiet --disable-pip-version-check typos; \
        else CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/tools" cargo install --quiet --debug --locked "$tool"; fi; \
    done

# Checks the formatting.
[group('gates')]
format:
    cargo fmt --all --check

# Checks the spelling.
[group('gates')]
spelling: (tools "typos")
    typos

# Checks the language of doc comments.
[group('gates')]
language:
    python3 .ci/doc-style.py

# Checks every relative link and fragment of the documentation's pages.
[group('gates')]
links:
    python3 .ci/links.py

# Refuses circles of source files.
[group('gates')]
circles:
    python3 .ci/circles.py crates/* examples/service

# Lints all targets.
[group('gates')]
lint:
    cargo clippy --locked --workspace --all-targets --all-features -- -D warnings

# Runs the tests: the README's command.
[group('gates')]
test:
    cargo test --locked --workspace

# Runs the tests of both stores against a throw-away PostgreSQL, with hundreds of kills.
[group('use')]
test-stores: postgres
    EMIS_STORE_REQUIRE_POSTGRES=1 EMIS_STORE_KILLS=300 EMIS_STORE_REMINDER_KILLS=300 EMIS_BOOKING_STORE_RUNS=1000 \
        cargo test --locked --workspace --test store

# Lives through 1,000 weeks of practices with faults, and compares what reached patients with a model.
[group('use')]
simulate-reminders weeks="1000":
    EMIS_REMINDER_WEEKS={{ weeks }} cargo test --locked --workspace --test reminders -- --nocapture weeks

# Installs Debian's PostgreSQL, if no server is there.
[group('gates')]
postgres:
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { apt-get update && apt-get install -y --no-install-recommends postgresql; }

# Holds the hazard log, docs/clinical-safety.md, to the tests that it names; with logs, to those that ran.
[group('gates')]
safety *logs:
    python3 .ci/safety-case.py {{ logs }}

# Runs the commands of docs/operations.md: backup, restore, moving.
[group('gates')]
operations: postgres
    bash .ci/operations

# Runs the commands of docs/security.md: the change of a sealing key.
[group('gates')]
rotation:
    bash -euo pipefail -c "$(sed -n '/^```sh rotation/,/^```$/p' docs/security.md | sed '1d;$d')"

# Runs the commands of docs/getting-started.md: a practice to test against.
[group('gates')]
practice:
    bash -euo pipefail -c "trap 'kill \$(jobs -p)' EXIT; $(sed -n '/^```sh practice/,/^```$/p' docs/getting-started.md | sed '/^```/d')"

# Holds the simulator against EMIS's published document with schemathesis.
[group('gates')]
contract:
    bash .ci/contract

# Holds senders of messages and their doubles against the services' documents with others' tools.
[group('gates')]
senders:
    bash .ci/senders

# Builds the documentation with every warning an error, and checks the links between crates.
[group('gates')]
doc:
    RUSTDOCFLAGS=-Dwarnings just docs
    RUSTDOCFLAGS=-Dwarnings just docs --all-features
    grep -q '"../emis_booking/' "${CARGO_TARGET_DIR:-target}/doc/emis_partner/struct.BookingApi.html"

# Builds the documentation as docs.rs does, with a badge on what needs a feature (nightly, whose newer lints
# only warn).
[group('gates')]
doc-badges:
    RUSTDOCFLAGS='--cfg docsrs' CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/nightly" \
        cargo +nightly doc --locked --workspace --no-deps --all-features
    grep -q 'Available on .*crate feature' "${CARGO_TARGET_DIR:-target}/nightly/doc/emis_store/type.PostgresStore.html"

# Checks licences, bans, duplicates and sources of the dependencies; advisories where a database is at hand.
[group('gates')]
dependencies: (tools "cargo-deny")
    cargo fetch --locked
    cargo deny --offline --all-features check bans licenses sources
    if [ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ]; then cargo deny --offline check advisories; else echo "no advisory database at hand"; fi

# Refuses dependencies that are not used.
[group('gates')]
unused: (tools "cargo-machete")
    cargo machete

# Checks every combination of features of the client, the credentials and the store, and each feature of the
# others.
[group('gates')]
features: (tools "cargo-hack")
    cargo hack check --locked --feature-powerset \
        --package emis-client --package emis-credentials --package emis-store
    cargo hack check --locked --each-feature \
        --package emis-messaging --package emis-partner --package emis-fleet

# Checks that no dependency needs a newer Rust than `rust-version` promises.
[group('gates')]
msrv:
    python3 .ci/msrv.py

# Builds with the oldest versions that the manifests allow (nightly resolves them).
[group('gates')]
minimal-versions:
    bash .ci/minimal-versions

# Compares the public API and its external types with what is committed in .ci/api (nightly).
[group('gates')]
api: (tools "cargo-public-api")
    bash .ci/public-api check {{ published }}

# Writes the public API and its external types to .ci/api (nightly).
[group('use')]
api-write: (tools "cargo-public-api")
    bash .ci/public-api write {{ published }}

# Builds the fuzz targets (nightly; the crates forbid unsafe code, so without a sanitizer).
[group('gates')]
fuzz-build: (tools "cargo-fuzz")
    for fuzz in crates/*/fuzz; do (cd "$fuzz/.." && cargo +nightly fuzz build --dev --sanitizer none); done

# Checks that the manifests have what a registry shows, and that versions agree.
[group('gates')]
manifests:
    python3 .ci/manifests.py

# Packages the crates for a registry and builds each from its package.
[group('gates')]
package: manifests
    cargo package --locked --workspace --allow-dirty

# Tries every pair of faults of a connection, of EMIS and of the practice, and 200 sequences of clicks.
[group('use')]
diagnose-pairs:
    EMIS_DIAGNOSE_PAIRS=all EMIS_DIAGNOSE_SEQUENCES=200 \
        cargo test --locked --workspace --test diagnostics -- matrix passwords --nocapture

# Checks every page of reports and guides in Chromium: axe-core, nothing too wide, no broken word.
[group('gates')]
pages: chromium
    out="${CARGO_TARGET_DIR:-target}/pages" && rm -rf "$out/html" && mkdir -p "$out" && \
    { [ -e "$out/node_modules/axe-core/axe.min.js" ] || npm install --silent --no-fund --no-audit --prefix "$out" axe-core@4; } && \
    cargo run --quiet --locked --package emis-diagnostics --example pages -- "$out/html" && \
    python3 crates/emis-diagnostics/tests/pages/check.py "$out/html" "$out/node_modules/axe-core/axe.min.js" "$out/shots"

# Walks through the service in Chromium: set-up, a break and its repair, a booking; axe-core on every page. With
# `docs/images` it renews the screenshots of the documentation.
[group('gates')]
pages-service images="": chromium
    out="${CARGO_TARGET_DIR:-target}/pages-service" && mkdir -p "$out" && \
    { [ -e "$out/node_modules/axe-core/axe.min.js" ] || npm install --silent --no-fund --no-audit --prefix "$out" axe-core@4; } && \
    cargo build --quiet --locked --package emis-service && \
    python3 examples/service/tests/pages/walk.py "${CARGO_TARGET_DIR:-target}/debug/emis-service" \
        "$out/node_modules/axe-core/axe.min.js" "$out/shots" {{ images }}

# Installs Debian's Chromium and its driver, if they are not there.
[group('use')]
chromium:
    command -v chromedriver >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium chromium-driver; }

# Checks self-booking against a model of the appointment book in 10,000 random interleavings: patients, reception,
# workers, crashes, and lost, late, doubled and lying answers. A violation is printed with its seed.
[group('use')]
simulate-bookings runs="10000":
    EMIS_BOOKING_RUNS={{ runs }} cargo test --locked --workspace --test booking -- --nocapture model::
