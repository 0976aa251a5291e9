#!/bin/sh
# Builds a Debian root for spec environments, for machines that reach no image registry.
# Usage: offline.sh SUITE TARBALL. The environment may say MODE (mmdebstrap's: root, unshare) and MIRROR.
# The libraries are those that an interpreter which was built elsewhere on Debian links to.
set -eu

export SOURCE_DATE_EPOCH=1735689600

case "$1" in
  bullseye) libraries=libssl1.1,libffi7,libreadline8 ;;
  bookworm) libraries=libssl3,libffi8,libreadline8 ;;
  *) libraries=libssl3t64,libffi8,libreadline8t64 ;;
esac

# shellcheck disable=SC2016
settle='
  rm -rf "$1"/var/log/* "$1/var/cache/ldconfig/aux-cache"
  rm -f "$1"/etc/passwd- "$1"/etc/group- "$1"/etc/shadow- "$1"/etc/gshadow- "$1"/etc/subuid- "$1"/etc/subgid-
  : > "$1/etc/hostname"; : > "$1/etc/machine-id"'

exec mmdebstrap \
  --mode="${MODE:-auto}" \
  --variant=minbase \
  --include="bash,ca-certificates,git,patch,procps,python3,python3-venv,libsqlite3-0,libbz2-1.0,liblzma5,zlib1g,libncursesw6,libuuid1,libexpat1,$libraries" \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="$settle" \
  "$1" "$2" ${MIRROR:+"$MIRROR"}
