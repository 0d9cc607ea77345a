#!/usr/bin/env bash
# The API against its own document: an independent validator reads the document, then schemathesis
# sends what the document allows, and what it does not, to live servers: to one that asks for no
# key, to one that does with an admin's key, and to the same without one; and to one that keeps all
# in MongoDB. The signatures of its webhooks are checked by the reference library of another
# language.
#
#   check.sh PIXMILL TOOLS     the server's binary; the folder with the programs from PyPI
set -euo pipefail
pixmill=$(realpath "$1")
tools=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
server=
database=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    server=
}
end() {
    stop
    [ -z "$database" ] || kill -KILL "$database" 2>/dev/null || true
    [ -z "$database" ] || wait "$database" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT

# Waits until a process says in a file where it listens, and sets `address`.
until_listening() {
    address=
    for _ in $(seq 600); do
        address=$(sed -n 's/^.*listening on //p' "$2" | head -1)
        [ -z "$address" ] || break
        kill -0 "$1" || { cat "$folder/log"; exit 1; }
        sleep 0.1
    done
    [ -n "$address" ] || { echo "the server does not listen"; cat "$folder/log"; exit 1; }
}

# Starts a server in a folder, with further options, and sets `address`.
serve() {
    : >"$folder/out"
    "$pixmill" serve --port 0 --data "$1" --wrong-keys 1000000 --allow-addresses 127.0.0.0/8 \
        "${@:2}" >"$folder/out" 2>"$folder/log" &
    server=$!
    until_listening "$server" "$folder/out"
}

# Starts MongoDB, or takes the one that is named, and sets `uri` to a database of our own in it.
serve_database() {
    uri=${PIXMILL_TEST_MONGODB_URI:-}
    if [ -n "$uri" ]; then
        options=
        case $uri in *\?*) options="?${uri#*\?}" ;; esac
        hosts=${uri%%\?*}
        uri="${hosts%/}/pixmill_check_$$$options"
        return
    fi
    "${PIXMILL_TEST_MONGODB_BIN:-$tools/secantusd-py}" --host 127.0.0.1 --port 0 \
        --storage-path "$folder/database" --log-level INFO >"$folder/database.log" 2>&1 &
    database=$!
    mkdir -p "$folder/database"
    until_listening "$database" "$folder/database.log"
    uri="mongodb://$address/check?directConnection=true"
}

# Checks the server that runs, with further options for schemathesis. One worker: with several,
# Python 3.11 now and then loses count of how deep it is in a syntax tree.
check() {
    SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 \
        "$tools/schemathesis" --config-file "$here/schemathesis.toml" run "$address/openapi.json" \
        --max-examples 40 --seed 1 --workers 1 --no-color \
        --request-timeout 20 "$@" || { tail -50 "$folder/log"; exit 1; }
    kill -0 "$server" || { echo "the server has ended"; tail -50 "$folder/log"; exit 1; }
}

"$pixmill" openapi >"$folder/openapi.json"
"$tools/openapi-spec-validator" "$folder/openapi.json"
cd "$folder"

echo "== without keys: all may do all, until the first is made"
serve "$folder/open"
"$tools/python" "$here/webhooks.py" "$address" || { tail -50 "$folder/log"; exit 1; }
check --exclude-operation-id add_key --exclude-checks ignored_auth
stop

echo "== with an admin's key"
key=$("$pixmill" keys add boss --role admin --data "$folder/keyed")
PIXMILL_KEY_ID=$("$pixmill" keys list --data "$folder/keyed" | awk '$2 == "admin" { print $1 }')
export PIXMILL_KEY_ID
serve "$folder/keyed"
check --header "Authorization: Bearer $key"
curl --fail --silent --show-error --output /dev/null --header "X-API-Key: $key" "$address/keys"

echo "== without the key that is needed"
check
stop

echo "== with all that is kept in MongoDB"
serve_database
key=$("$pixmill" keys add boss --role admin --store "$uri" --data "$folder/many")
PIXMILL_KEY_ID=$("$pixmill" keys list --store "$uri" --data "$folder/many" |
    awk '$2 == "admin" { print $1; exit }')
serve "$folder/many" --store "$uri"
check --header "Authorization: Bearer $key"
echo "the API is as its document says"
