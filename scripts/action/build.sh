#!/usr/bin/env bash
# Builds gormes in the checkout of the action, unless it is built. No package may run code meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ ! -e dist/gormes.js ]; then
  npm ci --ignore-scripts --no-audit --no-fund
  npm run --silent build
fi
