#!/usr/bin/env bash
# A Slurm cluster of real daemons on one machine, for tests: Debian's packages in a root of their own, a head (controller,
# and where jobs are submitted) and nodes, each with its own network, host name, mounts and process ids.
#   cluster.sh root ROOT                     makes the root (once; about a minute)
#   cluster.sh up ROOT STATE NODES [DIR…]    starts head and nodes, who see these folders (read-write) at their own places
#   cluster.sh controller STATE              starts the controller (again)
#   cluster.sh node STATE N                  starts node N (again)
#   cluster.sh stop STATE                    stops the controller as its administrator does
#   cluster.sh kill STATE N                  SIGKILL to all processes of node N
#   cluster.sh down STATE                    ends everything
# STATE is an empty folder: process ids, logs, the cluster's own root. `STATE/head.pid` is a process of the head; enter with
# `nsenter --target PID --net --uts --mount --root --wdns=DIR`.
set -euo pipefail
say() { echo "cluster.sh: $*" >&2; }

packages=slurmctld,slurmd,slurm-client,slurmdbd,mariadb-server-core,mariadb-client-core,munge,bubblewrap,git,iproute2,procps,python3

make_root() {
  local root=$1 making=$1.$$
  [[ $(cat "$root/.whole" 2>/dev/null) == "$packages" ]] && return 0
  rm -rf --one-file-system "$making" "$root"
  mmdebstrap --quiet --variant=minbase --include="$packages" \
    "${BENCHYARD_DEBIAN_SUITE:-bookworm}" "$making" ${BENCHYARD_DEBIAN_MIRROR:+"$BENCHYARD_DEBIAN_MIRROR"} >&2
  echo "$packages" >"$making/.whole"
  # Who was quicker has the same.
  mv -T "$making" "$root" 2>/dev/null || rm -rf --one-file-system "$making"
}

# Runs a command in new namespaces of its own below the cluster's root; $1: host name, $2: what it is (head: in the process
# ids of the machine, so that it can be followed), then the command.
in_machine() {
  local state=$1 name=$2 kind=$3
  shift 3
  local own=(unshare --net --uts --mount --propagation private)
  [[ $kind == node ]] && own+=(--pid --fork --kill-child=SIGKILL)
  setsid "${own[@]}" bash "$0" inside "$state" "$name" "$@" >"$state/$name.log" 2>&1 &
  echo $! >"$state/$name.pid"
  disown
}

# The inside of `in_machine`: mounts, then the command.
inside() {
  local state=$1 name=$2 dir
  shift 2
  hostname "$name"
  local root=$state/root
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs none "$root/tmp"
  chmod 1777 "$root/tmp"
  while read -r dir; do
    mkdir -p "$root$dir"
    mount --rbind "$dir" "$root$dir"
  done <"$state/folders"
  mkdir -p "$root$(dirname "$(<"$state/node-program")")"
  touch "$root$(<"$state/node-program")"
  mount --bind "$(<"$state/node-program")" "$root$(<"$state/node-program")"
  cd "$root"
  mkdir -p .old
  pivot_root . .old
  cd /
  exec 0</dev/null
  umount -l /.old
  ip link set lo up
  exec "$@"
}

# Waits until a process has a network of its own, then plugs it into the head's bridge.
plug() {
  local state=$1 name=$2 address=$3 pid head
  pid=$(<"$state/$name.pid")
  head=$(<"$state/head.pid")
  nsenter --target "$head" --net ip link del "v-$name" 2>/dev/null || true
  nsenter --target "$head" --net ip link add "v-$name" type veth peer name eth0 netns "$pid"
  nsenter --target "$head" --net ip link set "v-$name" master br0 up
  nsenter --target "$pid" --net ip addr add "$address/24" dev eth0
  nsenter --target "$pid" --net ip link set eth0 up
}

# Until the namespaces are its own: the shell that makes them is the machine's before.
wait_apart() {
  local pid
  pid=$(<"$1/$2.pid")
  for _ in $(seq 200); do
    [[ $(readlink "/proc/$pid/ns/net") != "$(readlink /proc/self/ns/net)" ]] && return 0
    sleep 0.02
  done
  say "$2 does not start: $(tail -n 3 "$1/$2.log")"
  return 1
}

start_node() {
  local state=$1 n=$2
  # A shell is process 1 and waits for what others leave behind.
  # shellcheck disable=SC2016
  in_machine "$state" "node$n" node bash -c \
    'until ip -4 addr show eth0 | grep -q inet; do sleep 0.05; done; slurmd -D & wait; while :; do sleep 1; done'
  wait_apart "$state" "node$n"
  plug "$state" "node$n" "10.77.0.$n"
}

start_controller() {
  start_on_head "$1" slurmctld slurmctld -D
}

# It saves its state first: killed, it would forget what it did last, and drain the nodes that do it.
stop_controller() {
  local pid
  pid=$(<"$1/slurmctld.pid")
  kill -TERM "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

on_head() {
  nsenter --target "$(<"$1/head.pid")" --net --uts --mount --root --wdns=/ "${@:2}"
}

# Starts something on the head that goes on; its log and process id are named after $2.
start_on_head() {
  local state=$1 name=$2
  setsid nsenter --target "$(<"$state/head.pid")" --net --uts --mount --root --wdns=/ "${@:3}" \
    >>"$state/$name.log" 2>&1 &
  echo $! >"$state/$name.pid"
  disown
}

# Repeats a command until it works, for at most a minute.
until_works() {
  local tries
  for ((tries = 600; tries > 0; tries--)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  say "does not work: $*"
  return 1
}

# The cluster's accounts: a database, and Slurm's daemon before it.
start_accounting() {
  local state=$1
  on_head "$state" mkdir -p /var/lib/accounts /run/mysqld
  on_head "$state" mariadb-install-db --user=root --datadir=/var/lib/accounts --skip-test-db \
    --auth-root-authentication-method=normal >"$state/install-db.log" 2>&1
  start_on_head "$state" mariadbd mariadbd --user=root --datadir=/var/lib/accounts --skip-networking \
    --socket=/run/mysqld/mysqld.sock
  (
    umask 077
    cat >"$state/root/etc/slurm/slurmdbd.conf" <<CONF
AuthType=auth/munge
DbdHost=head
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
PidFile=/run/slurmdbd.pid
CONF
  )
  until_works test -S "$state/root/run/mysqld/mysqld.sock"
  start_on_head "$state" slurmdbd slurmdbd -D
  until_works on_head "$state" sacctmgr --immediate --quiet add cluster test
}

# All that a process started, and itself.
end_tree() {
  local child
  for child in $(cat "/proc/$1"/task/*/children 2>/dev/null || true); do end_tree "$child"; done
  kill -KILL "$1" 2>/dev/null || true
}

up() {
  local root=$1 state=$2 nodes=$3 n
  shift 3
  printf '%s\n' "$@" >"$state/folders"
  readlink -f "${NODE_PROGRAM:-$(command -v node)}" >"$state/node-program"
  # The cluster changes its root; the next one starts from the same.
  cp -a --reflink=auto "$root" "$state/root"
  local inside=$state/root
  mkdir -p "$inside/etc/slurm" "$inside/var/spool/slurmctld" "$inside/run/munge" "$inside/usr/local/bin"
  printf '127.0.0.1 localhost\n10.77.0.254 head\n' >"$inside/etc/hosts"
  for n in $(seq "$nodes"); do
    mkdir -p "$inside/var/spool/slurmd.node$n"
    echo "10.77.0.$n node$n" >>"$inside/etc/hosts"
  done
  cat >"$inside/etc/slurm/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=head(10.77.0.254)
SlurmUser=root
AuthType=auth/munge
# How long a job waits that is requeued, and a node that does not answer: 120 s and 300 s usually.
AuthInfo=cred_expire=5
SlurmdTimeout=${SLURMD_TIMEOUT:-8}
KillWait=${KILL_WAIT:-10}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
StateSaveLocation=/var/spool/slurmctld
SlurmdSpoolDir=/var/spool/slurmd.%n
SlurmdPidFile=/run/slurmd.%n.pid
SlurmctldPidFile=/run/slurmctld.pid
SlurmdParameters=config_overrides
JobRequeue=1
MaxArraySize=${MAX_ARRAY_SIZE:-1001}
MaxJobCount=20000
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0
MinJobAge=${MIN_JOB_AGE:-300}
${ACCOUNTS:+AccountingStorageType=accounting_storage/slurmdbd}
${ACCOUNTS:+AccountingStorageHost=head}
NodeName=node[1-$nodes] CPUs=${NODE_CPUS:-4} RealMemory=16000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  [[ -s $inside/etc/munge/munge.key ]] || dd if=/dev/urandom of="$inside/etc/munge/munge.key" bs=1024 count=1 status=none
  chroot "$inside" sh -c 'chown -R munge: /etc/munge /run/munge /var/lib/munge /var/log/munge; chmod 400 /etc/munge/munge.key; chmod 755 /run/munge'
  in_machine "$state" head head sleep infinity
  wait_apart "$state" head
  local head
  head=$(<"$state/head.pid")
  nsenter --target "$head" --net ip link add br0 type bridge
  nsenter --target "$head" --net ip addr add 10.77.0.254/24 dev br0
  nsenter --target "$head" --net ip link set br0 up
  for _ in $(seq 200); do
    [[ $(nsenter --target "$head" --mount --root cat /etc/slurm/slurm.conf 2>/dev/null) != '' && ! -e /proc/$head/root/.old/proc/self ]] && break
    sleep 0.02
  done
  start_on_head "$state" munged setpriv --reuid=munge --regid=munge --clear-groups munged -F
  for _ in $(seq 100); do
    [[ -S $inside/run/munge/munge.socket.2 ]] && break
    sleep 0.05
  done
  [[ -n ${ACCOUNTS:-} ]] && start_accounting "$state"
  start_controller "$state"
  for n in $(seq "$nodes"); do start_node "$state" "$n"; done
}

down() {
  local state=$1 file
  for file in "$state"/*.pid; do
    [[ -e $file ]] && end_tree "$(<"$file")"
  done
  rm -rf --one-file-system "$state/root"
}

case ${1:-} in
  root) make_root "$2" ;;
  up) shift && up "$@" ;;
  inside) shift && inside "$@" ;;
  node) start_node "$2" "$3" ;;
  controller) start_controller "$2" ;;
  stop) stop_controller "$2" ;;
  kill) end_tree "$(<"$2/node$3.pid")" ;;
  down) down "$2" ;;
  *)
    say "unknown: ${1:-}"
    exit 2
    ;;
esac
