# Run as root in an image that came with the task's repository, in its folder; $1 is the task's base commit. Leaves a git
# directory that knows the base commit, its ancestors and at most one commit on top (what the image itself changed), and
# nothing else. What may stay is listed, not what must go: history hides in more places than anybody can name. Prints
# `note: …` lines and at last `changed` or `unchanged`; exits 3 with the reason when the image is not of this task.
set -u
work=$(mktemp -d) || exit 2
export LC_ALL=C GIT_NO_REPLACE_OBJECTS=1 GIT_GRAFT_FILE="$work/none" GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1
trap 'rm -rf "$work"' EXIT
changed=no

unusable() {
  echo "$*" >&2
  exit 3
}
broken() {
  echo "$*" >&2
  exit 2
}

# Removes what comes on stdin, one path a line.
remove_listed() {
  while IFS= read -r path; do
    rm -rf -- "$path"
  done
}

# Object stores that this one borrows from, theirs included. $1: a folder of objects
borrowed() {
  [ -f "$1/info/alternates" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in '' | '#'*) continue ;; /*) store=$line ;; *) store=$1/$line ;; esac
    store=$(readlink -f -- "$store") || continue
    [ -d "$store/pack" ] || continue
    grep -qxF -- "$store" "$work/borrowed" && continue
    echo "$store" >>"$work/borrowed"
    (borrowed "$store")
  done <"$1/info/alternates"
}

# Leaves the objects that are reachable from the commits $2… in the git directory $1. An archive of objects is rewritten
# only when it holds others: the rewritten one is a layer on top of the image.
keep_objects() {
  dir=$1
  shift
  printf '%s\n' "$@" >"$work/tips"
  : >"$work/borrowed"
  borrowed "$dir/objects"
  git --git-dir="$dir" rev-list --objects --missing=allow-any --stdin <"$work/tips" >"$work/listed" ||
    broken "the history of $* cannot be read"
  cut -d' ' -f1 "$work/listed" | sort -u >"$work/reachable"
  git --git-dir="$dir" cat-file --batch-all-objects --batch-check='%(objectname)' | sort -u >"$work/present"
  find "$dir/objects" ! -type d | grep -vE '/objects/([0-9a-f]{2}/[0-9a-f]{38,62}|pack/pack-[0-9a-f]+\.(pack|idx|rev))$' >"$work/foreign"
  for pack in "$dir"/objects/pack/pack-*.pack; do
    # Git does not see an archive that has no index, but everybody can make one.
    [ ! -f "$pack" ] || [ -f "${pack%.pack}.idx" ] || echo "$pack" >>"$work/foreign"
  done
  if [ -s "$work/borrowed" ] || [ -n "$(comm -13 "$work/reachable" "$work/present" | head -n 1)" ]; then
    rm -rf "$dir/objects.new"
    mkdir -p "$dir/objects.new/pack" "$dir/objects.new/info"
    git --git-dir="$dir" pack-objects -q --revs --missing=allow-any --delta-base-offset \
      "$dir/objects.new/pack/pack" <"$work/tips" >"$work/packed" 2>"$work/said" ||
      broken "the history of $* cannot be packed: $(cat "$work/said")"
    rm -rf "$dir/objects" && mv "$dir/objects.new" "$dir/objects" || exit 2
    while IFS= read -r store; do
      lender=${store%/objects}
      if [ -f "$lender/HEAD" ]; then rm -rf -- "$lender"; else rm -rf -- "$store"; fi
    done <"$work/borrowed"
    changed=yes
  elif [ -s "$work/foreign" ]; then
    remove_listed <"$work/foreign"
    changed=yes
  fi
}

# Settings that say how files are stored. Others name remotes and branches, or programs to run.
harmless='core\.(repositoryformatversion|filemode|bare|symlinks|ignorecase|autocrlf|eol|worktree|logallrefupdates)|extensions\.objectformat|user\.(name|email)'

# Leaves what the git directory $1 needs besides its objects. $2: its HEAD as text; $3: its branch or nothing; $4: its commit
keep_files() {
  find "$1" -mindepth 1 ! -type d ! -path "$1/objects/*" ! -path "$1/modules/*" |
    grep -vxF -e "$1/HEAD" -e "$1/config" -e "$1/index" -e "$1/shallow" -e "$1/info/exclude" \
      -e "$1/info/attributes" -e "$1/info/sparse-checkout" ${3:+-e "$1/refs/heads/$3"} >"$work/foreign"
  git config --file "$1/config" --name-only --list 2>/dev/null | grep -vixE "$harmless" >"$work/settings"
  [ "$(cat "$1/HEAD")" = "$2" ] && [ ! -L "$1/HEAD" ] || changed=yes
  [ -z "$3" ] || [ "$(cat "$1/refs/heads/$3" 2>/dev/null)" = "$4" ] || changed=yes
  [ ! -s "$work/foreign" ] && [ ! -s "$work/settings" ] || changed=yes
  [ "$changed" = yes ] || return 0
  : >"$work/config"
  git config --file "$1/config" --list 2>/dev/null | grep -iE "^($harmless)=" | while IFS= read -r line; do
    git config --file "$work/config" "${line%%=*}" "${line#*=}"
  done
  remove_listed <"$work/foreign"
  cat "$work/config" >"$1/config"
  rm -rf "$1/HEAD" "$1/refs" "$1/logs"
  # An empty folder can be a sign, too: of a rebase that is under way.
  find "$1" -mindepth 1 -depth -type d -empty ! -path "$1/objects/*" ! -path "$1/modules/*" -delete
  mkdir -p "$1/refs/heads" "$1/info"
  [ -z "$3" ] || echo "$4" >"$1/refs/heads/$3"
  echo "$2" >"$1/HEAD"
}

# -- what the image holds ------------------------------------------------------------------------------------------

git --version >/dev/null 2>&1 || unusable 'it has no git'
[ -d .git ] && [ ! -L .git ] && [ "$(git rev-parse --show-toplevel 2>"$work/said")" = "$(pwd -P)" ] ||
  unusable "it has no repository in $(pwd): $(cat "$work/said")"
base=$(git rev-parse -q --verify "$1^{commit}") || unusable "its repository does not have the commit $1"
head=$(git rev-parse -q --verify 'HEAD^{commit}') || unusable 'its repository has no commit'
base_tree=$(git rev-parse "$base^{tree}")
head_tree=$(git rev-parse "$head^{tree}")
branch=$(git symbolic-ref -q --short HEAD)
case $branch in main | master) ;; *) branch=main ;; esac

# -- what it changed in the files: part of the environment, not of any patch -----------------------------------------

export GIT_INDEX_FILE="$work/index"
[ ! -f .git/index ] || cp .git/index "$GIT_INDEX_FILE" || exit 2
git read-tree --reset "$head" 2>"$work/said" || { rm -f "$GIT_INDEX_FILE" && git read-tree "$head"; } ||
  broken "the index cannot be read: $(cat "$work/said")"
git add -u || broken 'the changes of the image cannot be read'
tree=$(git write-tree) || exit 2
unset GIT_INDEX_FILE
if [ "$tree" = "$base_tree" ]; then
  want=$base
elif [ "$head_tree" = "$tree" ] && [ "$(git rev-list --parents -n 1 "$head")" = "$head $base" ]; then
  want=$head
elif [ "$head_tree" = "$base_tree" ] || git merge-base --is-ancestor "$base" "$head"; then
  above=$(git rev-list --count "$base..$head")
  [ "$above" -le 1 ] || echo "note: the image stands $above commits after the base commit; they are one now"
  want=$(GIT_AUTHOR_DATE='1970-01-01T00:00:00Z' GIT_COMMITTER_DATE='1970-01-01T00:00:00Z' \
    git -c user.name=Benchyard -c user.email=benchyard@localhost \
    commit-tree "$tree" -p "$base" -m 'Environment of the image') || exit 2
else
  unusable "its repository stands at $head, which does not come after $base"
fi

# -- elsewhere: working trees of the same repository, and other copies of it -----------------------------------------

for link in .git/worktrees/*/gitdir; do
  [ -f "$link" ] || continue
  place=$(dirname -- "$(cat "$link")")
  if [ -f "$place/.git" ]; then
    rm -rf -- "$place"
    echo "note: removed another working tree of the repository, $place"
  fi
done
find / -xdev \( -path /proc -o -path /sys -o -path "$(pwd -P)/.git" -o -path "$work" \) -prune -o \
  -type d -name objects -print 2>/dev/null | while IFS= read -r objects; do
  copy=${objects%/objects}
  [ -f "$copy/HEAD" ] && git --git-dir="$copy" cat-file -e "$base^{commit}" 2>/dev/null || continue
  # The one that objects are borrowed from goes when they are no longer borrowed.
  borrower=$(readlink -f -- "$objects")
  : >"$work/borrowed"
  borrowed .git/objects
  grep -qxF -- "$borrower" "$work/borrowed" && continue
  rm -rf -- "$copy"
  echo "note: removed another copy of the repository, $copy"
done >"$work/copies"
cat "$work/copies"
[ ! -s "$work/copies" ] || changed=yes

# -- the repository itself -------------------------------------------------------------------------------------------

git diff-index --cached --quiet "$want" -- && [ -z "$(git ls-files --resolve-undo --unmerged)" ] || changed=yes
keep_files .git "ref: refs/heads/$branch" "$branch" "$want"
cmp -s .git/index "$work/index" || [ "$changed" = no ] || mv "$work/index" .git/index || exit 2
rm -rf .git/worktrees
keep_objects .git "$want" "$base"
git ls-files --others --exclude-standard | sed -e 's/[\\*?[]/\\&/g' -e 's/ $/\\ /' -e 's#^#/#' >"$work/untracked"
if [ -s "$work/untracked" ]; then
  mkdir -p .git/info && cat "$work/untracked" >>.git/info/exclude || exit 2
  changed=yes
fi

# -- repositories inside it ------------------------------------------------------------------------------------------

[ ! -d .git/modules ] || find "$(pwd -P)/.git/modules" -type f -name HEAD ! -path '*/refs/*' ! -path '*/logs/*' >"$work/modules"
[ ! -f "$work/modules" ] || while IFS= read -r file; do
  module=${file%/HEAD}
  [ -d "$module/objects" ] || continue
  commit=$(git --git-dir="$module" rev-parse -q --verify 'HEAD^{commit}')
  if [ -z "$commit" ]; then
    rm -rf -- "$module"
    changed=yes
    continue
  fi
  keep_files "$module" "$commit" '' "$commit"
  keep_objects "$module" "$commit"
done <"$work/modules"

[ "$(git rev-parse HEAD)" = "$want" ] && git cat-file -e "$base^{tree}" || broken 'the repository cannot be read any more'
if [ "$changed" = yes ]; then echo changed; else echo unchanged; fi
