#!/usr/bin/env bash
# For .pre-commit-hooks.yaml: runs a command of `gormes auth` on each file, one after another, since
# each file is a declaration of its own. Fails with the highest exit code.
set -uo pipefail

options=()
files=()
for word in "$@"; do
  if [ -e "$word" ]; then files+=("$word"); else options+=("$word"); fi
done

worst=0
for file in ${files[@]+"${files[@]}"}; do
  gormes auth "${options[@]}" "--config=$file"
  code=$?
  [ $code -gt $worst ] && worst=$code
done
exit $worst
