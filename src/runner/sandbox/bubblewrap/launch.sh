# Run in a mount namespace of its own: puts a sandbox's root together below /tmp, then becomes the sandbox ("$@").
# What the host may not be asked of by a hostile environment is decided here: no folder is made, given away or mounted
# whose path leads through a symbolic link that a builder left in the environment.
set -eu

for procs in $BENCHYARD_CGROUPS; do echo $$ > "$procs"; done
ulimit -c 0
ulimit -n 8192 2> /dev/null || true

# Layers are named relative to this folder, so that no character of its path can be taken for an option.
cd "$BENCHYARD_LAYERS"
# It becomes /tmp at the end: until then what the host has there can be mounted.
place=$BENCHYARD_PLACE
mkdir -p "$place"
mount -t tmpfs -o "$BENCHYARD_TMPFS" benchyard "$place"
mkdir "$place/root" "$place/shm"
chmod 1777 "$place/shm"
upper=${BENCHYARD_UPPER:-$place}
mkdir -p "$upper/upper" "$upper/work"
if [ -n "$BENCHYARD_ROOT_OWNER" ]; then chown "$BENCHYARD_ROOT_OWNER" "$upper/upper"; fi
mount -t overlay -o \
  "${BENCHYARD_OVERLAY}lowerdir=$BENCHYARD_LOWER,upperdir=$upper/upper,workdir=$upper/work" \
  benchyard "$place/root"
root=$(realpath "$place/root")

refuse_links() {
  if [ "$(realpath -m "$root/$1")" != "$root/$1" ]; then
    echo "the environment has a symbolic link in the way of /$1" >&2
    exit 1
  fi
}
for folder in proc dev sys tmp etc $BENCHYARD_WRITABLE; do refuse_links "$folder"; done
for folder in $BENCHYARD_WRITABLE; do
  mkdir -p "$root/$folder"
  if [ -n "$BENCHYARD_OWNER" ]; then chown "$BENCHYARD_OWNER" "$root/$folder"; fi
done
if [ -n "$BENCHYARD_WRITABLE" ]; then chmod 1777 "$root/tmp"; fi

# Here, where this user may go through the host's folders; bwrap makes what is shown read-only.
printf %s "$BENCHYARD_MOUNTS" | while IFS= read -r source && IFS= read -r target; do
  refuse_links "$target"
  if [ -d "$source" ]; then
    mkdir -p "$root/$target"
  else
    mkdir -p "$(dirname "$root/$target")"
    : >> "$root/$target"
  fi
  mount --bind "$source" "$root/$target"
done
mount --move "$place" /tmp
cd /

unset BENCHYARD_CGROUPS BENCHYARD_LAYERS BENCHYARD_TMPFS BENCHYARD_UPPER BENCHYARD_ROOT_OWNER BENCHYARD_OVERLAY \
  BENCHYARD_LOWER BENCHYARD_WRITABLE BENCHYARD_OWNER BENCHYARD_MOUNTS BENCHYARD_PLACE
exec "$@"
