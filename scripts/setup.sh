#!/bin/sh
# Brings everything a command needs, and says what it does: `npm start` and `npm test` call it first, so it returns at once
# when nothing is missing. As root it installs missing Debian packages; otherwise it prints the one command that does.
#   sh scripts/setup.sh [start|test|bench]      what for; without a word: everything
set -eu
cd "$(dirname "$0")/.."
tier=${1:-all}
case $tier in start | test | bench | all) ;; *)
  echo "setup: unknown word '$tier'; use start, test or bench" >&2
  exit 2
  ;;
esac
PATH=$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin
export PATH

say() { echo "setup: $*"; }
stop() {
  echo "setup: $*" >&2
  exit 4
}

# --- npm packages, Node 24 among them -------------------------------------------------------------------------------------

stamp=node_modules/.setup
lock=$(cksum <package-lock.json)
# npm writes its own record last: newer than the lock, it is an installation that npm finished.
record=node_modules/.package-lock.json
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ] && [ -z "$(find "$record" -newer package-lock.json 2>/dev/null)" ]; then
  command -v npm >/dev/null || stop 'npm is missing. Install Node 20 or newer with npm.'
  say 'installing the npm packages that package-lock.json names, Node 24 among them'
  # The Node that runs npm here is older than the one the project runs on, which comes with this very installation.
  npm ci --loglevel=error --no-audit --no-fund --no-update-notifier --engine-strict=false >&2 ||
    stop 'npm ci failed; the reason is above. Without a network, run it where there is one.'
fi
[ "$(cat "$stamp" 2>/dev/null)" = "$lock" ] || echo "$lock" >"$stamp" 2>/dev/null || true

version=$(node --version 2>/dev/null) || version=none
case $version in
  v24.[0-9] | v24.[0-9].* | v24.10.*) old=yes ;;
  v2[4-9].* | v[3-9][0-9].*) old='' ;;
  *) old=yes ;;
esac
[ -z "$old" ] || stop "Node is $version, and 24.11 or newer is needed. npm has none for $(uname -m): install one from nodejs.org."

# --- Debian packages ------------------------------------------------------------------------------------------------------

missing=''
# need TIERS PACKAGE COMMAND: the command stands for its package, so that other distributions are checked too.
need() {
  case " $1 all " in *" $tier "*) ;; *) return 0 ;; esac
  command -v "$3" >/dev/null || missing="$missing $2"
}
need 'start test bench' nftables nft          # reads the kernel's rules back: the independent witness
need 'start test bench' iproute2 ip           # namespaces, veth pairs, bridges
need 'start test bench' util-linux unshare    # private namespaces without root
need 'start test bench' mount mount           # a private /run inside them
need 'start test' nmap nmap                   # the sweep of the story; nping comes with it
need 'start test' hping3 hping3               # floods and forged packets
need 'start test bench' iptables iptables-nft # the queue driver of kernels whose nft has none
need 'start test' hydra hydra                 # guesses passwords, as the attacker of the story does
need 'test' mbpoll mbpoll                     # an independent Modbus client
need 'test' snmp snmpget                      # an independent SNMP client
need 'test' curl curl                         # independent clients of HTTP and FTP, and of SSH
need 'test' syslog-ng-core syslog-ng           # receives syslog
need 'test' python3-aiosmtpd aiosmtpd         # receives mail
need 'test' openssh-client ssh
need 'test' slapd slapd                       # a directory and a RADIUS server that know who may log in
need 'test' ldap-utils ldapadd
need 'test' freeradius freeradius
need 'test' nats-server nats-server           # carries hints between managers
need 'test' haproxy haproxy                   # stands before several managers
need 'test bench' tshark tshark               # reads captures as our codecs do: the independent witness
need 'test' chromium chromium                 # shows reports as a person sees them
need 'bench' iperf3 iperf3                    # throughput
need 'bench' tcpreplay tcpreplay              # a flood of packets

# The library has no command: look for the file.
set -- /usr/lib/*/libnftables.so.1 /usr/lib64/libnftables.so.1 /usr/lib/libnftables.so.1
found=''
for file in "$@"; do [ ! -e "$file" ] || found=yes; done
[ -n "$found" ] || missing="$missing libnftables1"

if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    say "these Debian packages are missing:$missing"
    stop "run: sudo apt-get install -y --no-install-recommends$missing"
  fi
  command -v apt-get >/dev/null || stop "these packages are missing, by their Debian names:$missing"
  say "installing Debian packages:$missing"
  log=$(mktemp)
  # RUNLEVEL: packages that bring a server do not start it, where no systemd runs.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  # shellcheck disable=SC2086 # a list of package names
  if ! { apt-get -q update && apt-get -q install -y --no-install-recommends $missing; } </dev/null >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    stop "apt-get failed; the whole of it is in $log"
  fi
  rm -f "$log"
  # Tests start servers of their own; those that a package would leave running on this machine are not wanted.
  for server in slapd freeradius syslog-ng-core nats-server haproxy; do
    case " $missing " in *" $server "*) ;; *) continue ;; esac
    [ ! -d /run/systemd/system ] || systemctl --quiet disable --now "${server%-core}" ||
      say "$server came with a service of its own that could not be stopped: systemctl disable --now ${server%-core}"
  done
fi

# --- kernel ---------------------------------------------------------------------------------------------------------------

if [ ! -d /proc/sys/net/bridge ]; then
  [ "$(id -u)" = 0 ] || stop 'the kernel module br_netfilter is not loaded. Run: sudo sh scripts/setup.sh'
  say 'loading the kernel module br_netfilter, switched off for the bridges of this host'
  modprobe br_netfilter || stop 'br_netfilter cannot be loaded; this kernel cannot redirect or judge commands on a bridge, which the plant and the tests do.'
  # Loading switches filtering on in every network namespace that exists now, ours and containers' alike.
  off='for f in arptables iptables ip6tables; do echo 0 >/proc/sys/net/bridge/bridge-nf-call-$f; done'
  for pid in $(lsns --noheadings --type net --output PID); do
    nsenter --target "$pid" --net sh -c "$off" || say "process $pid keeps bridge filtering on in its namespace"
  done
fi

sh scripts/isolate.sh true 2>/dev/null || {
  why='private namespaces are not allowed for this user'
  [ "$(id -u)" != 0 ] || why='private namespaces are not allowed here, probably by the container this runs in'
  stop "$why. As root on the machine itself they are; or set kernel.unprivileged_userns_clone=1."
}
