#!/bin/bash
# Walks the lecture's path: starts the naive inetd with one option after the other, and prints what the father and a child have.
# It runs in namespaces of its own, as root: sudo labs/inetd/walk.sh
set -eu
if [ "${1-}" != inside ]; then
  exec unshare --mount --pid --net --fork --mount-proc "$0" inside "$(dirname "$0")/../../dist/labs-$(uname -m)"
fi
programs=$2
ip link set lo up
mount -t tmpfs walk /mnt
mkdir -p /mnt/jail/lab
cp "$programs/inetd" "$programs/service" /mnt
cp "$programs/service" /mnt/jail/lab
port=7000

field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | cut -f 1; }

# step PROGRAM OPTION...
step() {
  local program=$1 father child descriptors
  shift
  port=$((port + 1))
  echo "$port tcp nowait $program service" > /mnt/inetd.conf
  /mnt/inetd "$@" /mnt/inetd.conf > /mnt/output 2>&1 &
  father=$!
  until grep -q ready /mnt/output; do sleep 0.05; done
  exec 3<> "/dev/tcp/127.0.0.1/$port"
  echo hello >&3
  if read -r -t 5 -u 3 2> /dev/null; then
    child=$(cut -d ' ' -f 1 "/proc/$father/task/$father/children")
    descriptors=$(find "/proc/$child/fd" -lname / -o -lname 'socket:*' | sed 's|.*/||' | sort -n | awk '$1 < 10 { printf "%s ", $1 }')
    printf '%-38s %-16s  %-5s  %-5s  %-16s  %-3s  %s\n' "${*:-(none)}" "$(field "$father" CapEff)" "$(field "$child" Uid)" \
      "$(field "$child" Gid)" "$(field "$child" CapEff)" "$(field "$child" NoNewPrivs)" "$descriptors"
  else
    printf '%-38s %s\n' "$*" "no service: $(tail -n 1 /mnt/output)"
  fi
  exec 3>&-
  kill "$father"
  wait "$father" 2> /dev/null || true
}

printf '%-38s %-16s  %-5s  %-5s  %-16s  %-3s  %s\n' option "father's CapEff" Uid Gid "child's CapEff" NNP descriptors
service=/mnt/service
step $service
step $service --uid-only 61001
step $service --user 61001
step $service --user 61001 --no-new-privs
step $service --user 61001 --close-descriptors
step /lab/service --user 61001 --chroot /mnt/jail
step $service --keep-only-bind
step $service --keep-only-bind --user 61001
