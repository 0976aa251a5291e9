# Prints all that changed since the commit $1, committed or not, ignored files left out.
rm -f .git/index.lock
git add -A && git -c core.fileMode=false -c core.quotePath=false diff --cached --no-color --no-ext-diff --no-textconv --no-renames "$1"
