# Run in a mount namespace of its own: puts a sandbox's root together below /tmp, then becomes the sandbox ("$@").
# What the host may not be asked of by a hostile environment is decided here: no folder is made, given away or mounted
# whose path leads through a symbolic link that a builder left in the environment.
set -eu

for procs in $BENCHYARD_CGROUPS; do echo $$ > "$procs"; done
ulimit -c 0
ulimit -n 8192 2> /dev/null || true

# Layers are named relative to this folder, so that no character of its path can be taken for an option.
cd "$BENCHYARD_LAYERS"
mount -t tmpfs -o "$BENCHYARD_TMPFS" benchyard /tmp
mkdir /tmp/root /tmp/shm
chmod 1777 /tmp/shm
mkdir -p "$BENCHYARD_UPPER/upper" "$BENCHYARD_UPPER/work"
if [ -n "$BENCHYARD_ROOT_OWNER" ]; then chown "$BENCHYARD_ROOT_OWNER" "$BENCHYARD_UPPER/upper"; fi
mount -t overlay -o \
  "${BENCHYARD_OVERLAY}lowerdir=$BENCHYARD_LOWER,upperdir=$BENCHYARD_UPPER/upper,workdir=$BENCHYARD_UPPER/work" \
  benchyard /tmp/root
cd /

for folder in proc dev sys tmp etc $BENCHYARD_WRITABLE; do
  if [ "$(realpath -m "/tmp/root/$folder")" != "/tmp/root/$folder" ]; then
    echo "the environment has a symbolic link in the way of /$folder" >&2
    exit 1
  fi
done
for folder in $BENCHYARD_WRITABLE; do
  mkdir -p "/tmp/root/$folder"
  if [ -n "$BENCHYARD_OWNER" ]; then chown "$BENCHYARD_OWNER" "/tmp/root/$folder"; fi
done
if [ -n "$BENCHYARD_WRITABLE" ]; then chmod 1777 /tmp/root/tmp; fi

unset BENCHYARD_CGROUPS BENCHYARD_LAYERS BENCHYARD_TMPFS BENCHYARD_UPPER BENCHYARD_ROOT_OWNER BENCHYARD_OVERLAY \
  BENCHYARD_LOWER BENCHYARD_WRITABLE BENCHYARD_OWNER
exec "$@"
