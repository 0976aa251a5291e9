# Lays out an environment as SWE-bench's images have it: a virtual environment named testbed at conda's place, and what
# their evaluation scripts call of conda. Usage: make_environment.sh PYTHON
set -eu
conda=/opt/miniconda3
venv=$conda/envs/testbed

# By its real path: an environment made through a link would look for its library beside the link.
"$(readlink -f "$1")" -m venv "$venv"

mkdir -p "$conda/bin" "$conda/etc/profile.d"
cat >"$conda/etc/profile.d/conda.sh" <<'SH'
# Stands in for conda: there is one environment, and it is a virtual one.
conda() {
  case "${1:-}" in
    activate)
      [ "${2:-base}" = base ] && return 0
      if [ ! -d "/opt/miniconda3/envs/$2" ]; then
        echo "There is no environment $2 here, only testbed." >&2
        return 1
      fi
      CONDA_DEFAULT_ENV=$2 CONDA_PREFIX=/opt/miniconda3/envs/$2 VIRTUAL_ENV=/opt/miniconda3/envs/$2
      PATH=$VIRTUAL_ENV/bin:$PATH
      export CONDA_DEFAULT_ENV CONDA_PREFIX VIRTUAL_ENV PATH
      hash -r
      ;;
    deactivate) ;;
    *) /opt/miniconda3/bin/conda "$@" ;;
  esac
}
SH
cat >"$conda/bin/conda" <<'SH'
#!/bin/bash
# Stands in for conda: only `conda run` means something here.
if [ "${1:-}" != run ]; then
  echo "conda is not part of this environment: it was built from a spec." >&2
  exit 1
fi
shift
while [ $# -gt 0 ]; do
  case "$1" in
    -n | --name | -p | --prefix | --cwd) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
PATH=/opt/miniconda3/envs/testbed/bin:$PATH exec "$@"
SH
chmod 755 "$conda/bin/conda"
echo '. /opt/miniconda3/etc/profile.d/conda.sh' >"$conda/bin/activate"
