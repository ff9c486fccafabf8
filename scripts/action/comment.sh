#!/usr/bin/env bash
# Writes the plan as one comment on the pull request, and over the former one where there is one. The
# token of a pull request from a fork may not: that is told, and does not fail the job.
set -uo pipefail
mark='<!-- gormes auth plan -->'
body="${RUNNER_TEMP:-/tmp}/gormes-comment.md"
comments="repos/$GITHUB_REPOSITORY/issues/$GORMES_ACTION_PULL_REQUEST/comments"

# GitHub takes 65,536 characters; the plan of one snapshot has fewer than 60,000, several may have more.
{
  echo "$mark"
  head -c 60000 "$GORMES_ACTION_PLAN" | iconv -c -f UTF-8 -t UTF-8
} >"$body"

former=$(gh api --paginate "$comments" \
  --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
if [ -n "$former" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$former" -F "body=@$body"
else
  gh api --silent --method POST "$comments" -F "body=@$body"
fi || echo "::notice title=gormes::The plan could not be written to the pull request; it stands in the summary"
