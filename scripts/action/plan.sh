#!/usr/bin/env bash
# Plans against each snapshot, for the summary of the job and for a comment. The runner's own home and
# secrets are not looked at. A plan that is blocked is shown and does not fail the job; its exit code is
# that of a failure, which prints no plan.
set -uo pipefail
gormes="$(cd "$(dirname "$0")/../.." && pwd)/dist/gormes.js"
plan="${RUNNER_TEMP:-/tmp}/gormes-plan.md"

args=(auth plan --markdown)
[ -n "${GORMES_ACTION_CONFIG:-}" ] && args+=("--config=$GORMES_ACTION_CONFIG")

: >"$plan"
while IFS= read -r snapshot; do
  [ -z "$snapshot" ] && continue
  node "$gormes" "${args[@]}" "--against=$snapshot" >"$plan.one"
  code=$?
  if [ $code -gt 1 ] || [ ! -s "$plan.one" ]; then exit $code; fi
  { cat "$plan.one" && echo; } >>"$plan"
done <<<"$GORMES_ACTION_SNAPSHOT"

[ -s "$plan" ] || exit 1
cat "$plan" >>"$GITHUB_STEP_SUMMARY"
echo "plan=$plan" >>"$GITHUB_OUTPUT"
