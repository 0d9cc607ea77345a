#!/usr/bin/env bash
# The API against its own document: an independent validator reads the document, then schemathesis
# sends what the document allows, and what it does not, to a live server. The signatures of its
# webhooks are checked by the reference library of another language.
#
#   check.sh PIXMILL TOOLS     the server's binary; the folder with the programs from PyPI
set -euo pipefail
pixmill=$(realpath "$1")
tools=$(realpath "$2")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap end EXIT

"$pixmill" openapi >"$folder/openapi.json"
"$tools/openapi-spec-validator" "$folder/openapi.json"

"$pixmill" serve --port 0 --data "$folder/data" --allow-addresses 127.0.0.0/8 >"$folder/out" 2>"$folder/log" &
server=$!
address=
for _ in $(seq 600); do
    address=$(sed -n 's/^listening on //p' "$folder/out")
    [ -z "$address" ] || break
    kill -0 "$server" || { cat "$folder/log"; exit 1; }
    sleep 0.1
done
[ -n "$address" ] || { echo "the server does not listen"; cat "$folder/log"; exit 1; }

"$tools/python" "$here/webhooks.py" "$address" || { tail -50 "$folder/log"; exit 1; }

cd "$folder"
SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 \
    "$tools/schemathesis" --config-file "$here/schemathesis.toml" run "$address/openapi.json" \
    --max-examples 40 --seed 1 --workers 2 --no-color \
    --request-timeout 20 || { tail -50 "$folder/log"; exit 1; }
kill -0 "$server" || { echo "the server has ended"; tail -50 "$folder/log"; exit 1; }
echo "the API is as its document says"
