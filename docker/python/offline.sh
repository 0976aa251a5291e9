#!/bin/sh
# Builds a Debian root whose Python environments of specs use, for machines that reach no image registry.
# Usage: offline.sh SUITE TARBALL. The environment may say MODE (mmdebstrap's: root, unshare) and MIRROR.
set -eu

export SOURCE_DATE_EPOCH=1735689600

# shellcheck disable=SC2016
settle='
  rm -rf "$1"/var/log/* "$1/var/cache/ldconfig/aux-cache"
  rm -f "$1"/etc/passwd- "$1"/etc/group- "$1"/etc/shadow- "$1"/etc/gshadow- "$1"/etc/subuid- "$1"/etc/subgid-
  : > "$1/etc/hostname"; : > "$1/etc/machine-id"'

exec mmdebstrap \
  --mode="${MODE:-auto}" \
  --variant=minbase \
  --include=bash,ca-certificates,git,patch,python3,python3-venv \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="$settle" \
  "$1" "$2" ${MIRROR:+"$MIRROR"}
