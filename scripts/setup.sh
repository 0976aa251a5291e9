#!/usr/bin/env bash
# From a fresh Debian machine (root, Node 20) to a working Benchyard. Can be repeated: what is there stays.
#   scripts/setup.sh         system packages, npm packages, build
#   scripts/setup.sh demo    the same, then the sample tasks run in Docker with their gold patches
#   scripts/setup.sh try     the same, then a VS Code in the browser with the extension and the samples
#   scripts/setup.sh test    the same, then all tests
# A Docker engine that does not run is started for the time of the job.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s (after %s s)\n' "$*" "$SECONDS" >&2; }

# Debian's packages, by the program that shows that each is there.
declare -A packages=(
  [git]=git [dockerd]=docker.io [iptables]=iptables [bwrap]=bubblewrap [mmdebstrap]=mmdebstrap
)
# Tests: Python whose programs make environments of their own, networks of a cluster's machines, clocks that jump.
declare -A test_packages=([python3]=python3 [python3:ensurepip]=python3-venv [ip]=iproute2
  [faketime]=faketime)
# What the VS Code of `try` and `test` is built with and shown in.
declare -A vscode_packages=(
  [chromium]=chromium [g++]=build-essential [python3]=python3 [pkg-config]=pkg-config
  [krb5-config]=libkrb5-dev
)

# A program, or (`python3:MODULE`) a module of Debian's own Python.
have() {
  case $1 in
    python3:*) python3 -c "import ${1#*:}" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

install_packages() {
  local -n wanted=$1
  local missing=() program
  for program in "${!wanted[@]}"; do
    have "$program" || missing+=("${wanted[$program]}")
  done
  ((${#missing[@]})) || return 0
  if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    echo "setup.sh: missing: ${missing[*]} (names of Debian packages). Install them and try again." >&2
    return 1
  fi
  say "Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# npm writes this copy of the lockfile last, so it is newer than the lockfile exactly when an install came to its end.
install_npm_packages() {
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && return 0
  say 'npm packages'
  npm ci --no-audit --no-fund
}

job=${1:-setup}
case $job in
  setup | demo | try | test) ;;
  *)
    echo "usage: scripts/setup.sh [demo | try | test]" >&2
    exit 2
    ;;
esac

install_packages packages
if [[ $job == try || $job == test ]]; then install_packages vscode_packages; fi
if [[ $job == test ]]; then install_packages test_packages; fi
install_npm_packages

case $job in
  setup | demo)
    say 'build'
    npm run --silent build
    ;;&
  demo)
    say 'the sample tasks, solved by their gold patches, each in its own sandbox'
    scripts/dockerd.sh with node dist/cli.js run --tasks samples/seed_tasks.jsonl
    ;;
  try) scripts/dockerd.sh with npm run --silent try ;;
  test)
    say 'all tests'
    scripts/dockerd.sh with npm --silent test
    ;;
esac
