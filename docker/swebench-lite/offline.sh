#!/bin/sh
# Builds the root file system of swebench-lite from Debian's packages, for machines that reach no image registry and for
# bubblewrap. Usage: offline.sh TARBALL REPORT (both are written). The environment may say: MODE (mmdebstrap's: root,
# unshare), MIRROR, PACKAGES (more of them, with commas: the judge's tool chains), and PIP_FOLDER: a folder named
# benchyard-pip with files of the user's pip settings, which PIP_* variables name by where they lie in the new root while
# pip runs, /tmp/benchyard-pip.
# What differs from build to build (times, logs, backups) is fixed or left out, so that equal packages give equal bytes.
set -eu

export SOURCE_DATE_EPOCH=1735689600
export PYTEST_VERSION=8.4.2

# Hooks run beside mmdebstrap with the new root as $1 and this environment.
# Debian 12 has pytest 7.2; ours takes its place where a package index can be reached.
# shellcheck disable=SC2016
install_pytest='
  rm -f "$1"/usr/lib/python3.*/EXTERNALLY-MANAGED
  ln -s ../../bin/python3 "$1/usr/local/bin/python"
  ln -s ../../bin/pytest-3 "$1/usr/local/bin/pytest"
  echo "I: installing pytest $PYTEST_VERSION..." >&2
  if chroot "$1" env HOME=/root python3 -m pip install --quiet --root-user-action=ignore --no-cache-dir \
      --no-compile "pytest==$PYTEST_VERSION" >&2; then
    chroot "$1" sh -c "python3 -m compileall -q --invalidation-mode checked-hash /usr/local/lib/python3*"
  else
    echo "I: pytest $PYTEST_VERSION cannot be had, the one of Debian stays" >&2
  fi
  rm -rf "$1/tmp/benchyard-pip"'

# shellcheck disable=SC2016
add_user='
  chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash benchyard
  mkdir "$1/workspace"
  chroot "$1" chown benchyard:benchyard /workspace'

# The JDK's set-up links its manual pages, in a folder that would be missing without them.
# shellcheck disable=SC2016
prepare='mkdir -p "$1/usr/share/man/man1"'

# shellcheck disable=SC2016
report='
  chroot "$1" python3 -B -c "
import importlib.util, json, platform, shutil, subprocess
names = (\"numpy\", \"pandas\", \"pytest\", \"sklearn\")
versions = {name: importlib.import_module(name).__version__ for name in names if importlib.util.find_spec(name)}
for name, argv in ((\"gcc\", [\"g++\", \"-dumpfullversion\"]), (\"java\", [\"javac\", \"--version\"])):
    if shutil.which(argv[0]):
        versions[name] = subprocess.check_output(argv, text=True).split()[-1]
print(json.dumps({\"python\": platform.python_version(), **versions}))" > "$1/tmp/report.json"'

# Nothing else in the new root's /tmp may go: mmdebstrap keeps its apt configuration there, and apt without it would
# work on this machine's own lists.
# shellcheck disable=SC2016
settle='
  rm -f "$1/tmp/report.json"
  rm -rf "$1"/var/log/* "$1/var/cache/ldconfig/aux-cache"
  rm -f "$1"/etc/passwd- "$1"/etc/group- "$1"/etc/shadow- "$1"/etc/gshadow- "$1"/etc/subuid- "$1"/etc/subgid-
  : > "$1/etc/hostname"; : > "$1/etc/machine-id"'

if [ -n "${PIP_FOLDER:-}" ]; then
  bring_settings="copy-in \"$PIP_FOLDER\" /tmp"
else
  bring_settings=true
fi

exec mmdebstrap \
  --mode="${MODE:-auto}" \
  --variant=minbase \
  --include=ca-certificates,git,patch,python3,python3-numpy,python3-pandas,python3-pip,python3-pytest,python3-setuptools,python3-venv,python3-wheel${PACKAGES:+,$PACKAGES} \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/lib/jvm/*/jmods/*' \
  --essential-hook="$prepare" \
  --customize-hook="$bring_settings" \
  --customize-hook="$install_pytest" \
  --customize-hook="$add_user" \
  --customize-hook="$report" \
  --customize-hook="download /tmp/report.json \"$2\"" \
  --customize-hook="$settle" \
  bookworm "$1" ${MIRROR:+"$MIRROR"}
