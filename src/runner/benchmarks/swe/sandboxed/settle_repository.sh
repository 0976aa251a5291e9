# After the install: what it left in the repository is part of the environment, not of any agent's patch. New files are
# excluded by name; changed ones are committed, since a patch is taken against the last commit.
git ls-files --others --exclude-standard | sed -e 's/[\\*?[]/\\&/g' -e 's/ $/\\ /' -e 's#^#/#' >>.git/info/exclude
if ! git diff --quiet HEAD; then
  GIT_AUTHOR_DATE='1970-01-01T00:00:00Z' GIT_COMMITTER_DATE='1970-01-01T00:00:00Z' \
    git -c user.name=Benchyard -c user.email=benchyard@localhost -c core.logAllRefUpdates=false \
    commit -q --no-verify -a -m 'Environment after install' || exit 1
fi
rm -f .git/ORIG_HEAD .git/FETCH_HEAD && rm -rf .git/logs
