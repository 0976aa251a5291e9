#!/usr/bin/env bash
# A real Docker engine where none is running (containers and fresh machines without an init system).
#   scripts/dockerd.sh start        starts one when none answers, and waits until it does
#   scripts/dockerd.sh stop         stops the one that `start` started, and no other
#   scripts/dockerd.sh with CMD...  start, CMD, stop (only what was started for it); the status and the last line are CMD's
set -euo pipefail

state_dir=${BENCHYARD_DOCKERD_DIR:-/run/benchyard-dockerd}
pid_file=$state_dir/dockerd.pid
log_file=$state_dir/dockerd.log
start_limit_s=60

answers() { docker version >/dev/null 2>&1; }

# A process that was killed keeps its name until its parent has asked for its status.
lives() { [[ -r /proc/$1/status ]] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

# The pid that `start` wrote, when that process is still a dockerd.
own_pid() {
  local pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 1
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] && lives "$pid" && echo "$pid"
}

# A daemon may end at once when the one before it is still going.
start() {
  answers && return 0
  if ! command -v dockerd >/dev/null; then
    echo "dockerd.sh: no Docker engine answers and dockerd is not installed" >&2
    return 1
  fi
  mkdir -p "$state_dir"
  local deadline=$((SECONDS + start_limit_s)) launches=0 pid
  pid=$(own_pid) || pid=0
  until answers; do
    if ((SECONDS > deadline)) || { ! lives "$pid" && ((launches == 5)); }; then
      echo "dockerd.sh: dockerd did not come up; the end of its log:" >&2
      tail -n 20 "$log_file" >&2
      stop
      return 1
    fi
    if ! lives "$pid"; then
      ((launches == 0)) || sleep 2
      setsid dockerd --pidfile "$state_dir/engine.pid" >"$log_file" 2>&1 </dev/null &
      pid=$!
      launches=$((launches + 1))
      echo "$pid" >"$pid_file"
    fi
    sleep 0.2
  done
  echo "dockerd.sh: started dockerd ($pid)" >&2
}

stop() {
  local pid
  pid=$(own_pid) || return 0
  kill "$pid"
  local deadline=$((SECONDS + start_limit_s))
  while own_pid >/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
  rm -f "$pid_file"
}

with() {
  local started=no status=0
  if ! answers; then
    if start; then
      started=yes
    else
      echo "dockerd.sh: going on WITHOUT a Docker engine: what needs one is skipped or fails" >&2
    fi
  fi
  # Ctrl+C reaches the command as well; this waits for it so that the engine outlives it.
  trap : INT TERM
  "$@" || status=$?
  if [[ $started == yes ]]; then stop; fi
  return "$status"
}

case ${1-} in
  start) start ;;
  stop) stop ;;
  with) shift && with "$@" ;;
  *)
    echo "usage: scripts/dockerd.sh start | stop | with CMD..." >&2
    exit 2
    ;;
esac
