# Puts the named files back as the commit has them; those that it does not have are removed.
for name in "$@"; do
  if git cat-file -e "HEAD:$name" 2>/dev/null; then
    git checkout -q HEAD -- "$name" || exit 1
  else
    git rm -q --cached --ignore-unmatch -- "$name" && rm -rf -- "$name" || exit 1
  fi
done
