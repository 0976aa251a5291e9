# Applies the patch on stdin, which makes the task's bug, and makes what is there then the one commit that exists: the
# commits before it have the fix. Exits 3 when the patch does not apply.
export LC_ALL=C GIT_NO_REPLACE_OBJECTS=1
git apply --index --whitespace=nowarn - || exit 3
tree=$(git write-tree) || exit 2
commit=$(GIT_AUTHOR_DATE='1970-01-01T00:00:00Z' GIT_COMMITTER_DATE='1970-01-01T00:00:00Z' \
  git -c user.name=Benchyard -c user.email=benchyard@localhost commit-tree "$tree" -m 'Start of the task') || exit 2
branch=$(git symbolic-ref -q HEAD || echo refs/heads/main)
# By hand: git would write down what was there before.
rm -rf .git/refs .git/packed-refs .git/logs .git/ORIG_HEAD .git/FETCH_HEAD .git/shallow
mkdir -p ".git/$(dirname "$branch")" && echo "$commit" >".git/$branch" && echo "ref: $branch" >.git/HEAD || exit 2
# Another set of objects, with what the one commit needs.
mkdir -p .git/objects.new/pack .git/objects.new/info || exit 2
echo "$commit" | git pack-objects -q --revs --delta-base-offset .git/objects.new/pack/pack >/dev/null || exit 2
rm -rf .git/objects && mv .git/objects.new .git/objects || exit 2
git reset -q && [ "$(git rev-parse HEAD)" = "$commit" ] && git diff --quiet HEAD
