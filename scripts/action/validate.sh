#!/usr/bin/env bash
# Checks the declaration and annotates what is wrong. Fails with the code of `gormes auth validate`.
set -uo pipefail
gormes="$(cd "$(dirname "$0")/../.." && pwd)/dist/gormes.js"

args=(auth validate --format github)
[ -n "${GORMES_ACTION_CONFIG:-}" ] && args+=("--config=$GORMES_ACTION_CONFIG")
[ "${GORMES_ACTION_STRICT:-}" = true ] && args+=(--strict)

node "$gormes" "${args[@]}"
code=$?
if [ $code -eq 0 ]; then valid=true; else valid=false; fi
echo "valid=$valid" >>"$GITHUB_OUTPUT"
exit $code
