#!/bin/sh
# Runs a command in private network, mount and process namespaces (and a user namespace when not root), so that nothing it
# does reaches the host's network and nothing is left when it ends, however it ends.
#   sh scripts/isolate.sh node test/system/example.ts
set -eu
# Debian leaves the directories of nft, ip and ethtool out of an ordinary user's PATH.
PATH=$PATH:/usr/sbin:/sbin
export PATH
user=''
[ "$(id -u)" = 0 ] || user='--user --map-root-user'
# shellcheck disable=SC2086 # $user is zero or two words on purpose
exec unshare $user --net --mount --pid --fork --kill-child --mount-proc sh -c '
  mount --make-rprivate / &&
  mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns &&
  mount -t sysfs sysfs /sys && ip link set lo up && exec "$@"' isolate "$@"
