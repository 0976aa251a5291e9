# Applies the patch on stdin to the repository in the working folder, falling back as SWE-bench's harness 5 does.
# Prints which way worked, and what the patch then amounts to when it is not what was handed in; exits 1 with every
# attempt's words when none worked. $1: a folder for temporary files. $2: v4 for the ways of harness 4.1, which has fewer
# and does not clean up between them.
patch_file="$1/patch.diff"
log="$1/apply.log"
rules="${2:-v5}"
mkdir -p "$1" && cat >"$patch_file" || exit 2
: >"$log"

# A plain `git apply` does all or nothing, so most patches need nothing else.
if git apply --verbose --whitespace=nowarn "$patch_file" >>"$log" 2>&1; then
  echo 'applied: plain'
  exit 0
fi
echo '--- plain: failed' >>"$log"

# The other ways can leave half of a patch behind: each starts from the tree as it is now.
git add -A && before=$(git write-tree) || exit 2

try() {
  name="$1"
  shift
  if "$@" >>"$log" 2>&1; then
    echo "applied: $name"
    git add -A && git diff --cached --no-color --no-ext-diff "$before"
    git reset -q
    exit 0
  fi
  echo "--- $name: failed" >>"$log"
  [ "$rules" = v4 ] && return
  { git read-tree -u --reset "$before" && git clean -qfd; } >>"$log" 2>&1
}

if [ "$rules" = v4 ]; then
  try reject git apply --verbose --whitespace=nowarn --reject "$patch_file"
  try fuzz patch --batch --fuzz=5 --no-backup-if-mismatch -p1 -i "$patch_file"
  cat "$log"
  exit 1
fi
try 3way git apply --verbose --whitespace=nowarn --3way "$patch_file"
try reject git apply --verbose --whitespace=nowarn --reject "$patch_file"
try fuzz patch --batch --forward --fuzz=5 --no-backup-if-mismatch -p1 -i "$patch_file"
git reset -q
if git apply --check --reverse "$patch_file" >>"$log" 2>&1; then
  echo 'applied: already'
  exit 0
fi
cat "$log"
exit 1
