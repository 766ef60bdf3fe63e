#!/bin/sh
# Becomes systemd as process 1 of a machine of its own: new namespaces, and a root that is made here (machine.ts). It may not set the
# clock, load modules or change a sysctl that is not of its network.
#   unshare --net --mount --pid --uts --ipc --cgroup --fork sh boot.sh ROOT
set -eu
root=$1
# The wires of an edge: a port, and behind it what is plugged in.
for port in plant cell; do
  ip link add "$port" type veth peer name "far-$port"
  ip link set "far-$port" up
done
ip link set lo up
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount -t proc proc "$root/mnt"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount --bind "$root/mnt/sys/net" "$root/proc/sys/net"
umount "$root/mnt"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
hostname edge-machine
cd "$root"
mkdir -p .before
pivot_root . .before
umount -l .before
exec env -i container=bulkhead-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  setpriv --bounding-set -sys_time,-sys_module,-syslog --inh-caps=-all /lib/systemd/systemd </dev/null
