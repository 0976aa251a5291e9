# After everything is installed: trials have no network, so pip must neither ask for packages nor build in an isolated
# environment, which it would want to download. An evaluation script installs the repository again with what is there.
# (For pip, no-build-isolation is a switch that stands for its opposite.)
cat >/opt/miniconda3/envs/testbed/pip.conf <<'CONF'
[global]
no-index = true
disable-pip-version-check = true
root-user-action = ignore
[install]
no-build-isolation = false
CONF
