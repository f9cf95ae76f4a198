// The programs of the fake libvirt, as shell scripts; $ROOT is the host's root.

/** libvirtd as a shell: a folder a guest, with its name, its state and reason, and its document. */
export const VIRSH = `#!/bin/sh
uri=$2; shift 2
echo "virsh $*" >>$ROOT/calls
fail() { printf 'error: %s\\n' "$@" >&2; return 1; }
[ "$uri" = qemu:///system ] || { [ -f $ROOT/peer ] && exec cat $ROOT/peer; fail 'failed to connect to the hypervisor'; exit 1; }
[ -f $ROOT/no-daemon ] && { fail 'failed to connect to the hypervisor' 'Failed to connect socket'; exit 1; }
[ -f $ROOT/hung ] && exec sleep 60
cd $ROOT/guests
run() {
	[ -f "$ROOT/before-$1" ] && . "$ROOT/before-$1"
	case $1 in
	list) for u in *; do
			[ -f $u/state ] || continue; read s r <$u/state
			case "$*" in *--autostart*) [ ! -f $u/autostart ] || echo $u;; *--name*) echo "$u $(cat $u/name)";; *) [ $s = 5 ] || echo $u;; esac
		done; echo; return;;
	domstats) for u in *; do
			[ -f $u/state ] || continue; read s r <$u/state
			printf "Domain: '%s'\\n  state.state=%s\\n  state.reason=%s\\n\\n" "$(cat $u/name)" $s $r
		done; return;;
	pool-dumpxml) cat $ROOT/pools/$3 2>/dev/null || fail "failed to get pool '$3'"; return;;
	define)
		u=$(sed -n 's|.*<uuid>\\(.*\\)</uuid>.*|\\1|p' $3)
		[ -f $ROOT/refuse/define-$u ] && { fail 'Failed to define domain' "$(cat $ROOT/refuse/define-$u)"; return; }
		mkdir -p $u; cp $3 $u/definition; sed -n 's|.*<name>\\(.*\\)</name>.*|\\1|p' $3 >$u/name; [ -f $u/state ] || echo 5 0 >$u/state
		cp $3 "$ROOT/etc/libvirt/qemu/$(cat $u/name).xml"; return;;
	esac
	verb=$1; while [ $# -gt 1 ]; do shift; done; u=$1
	[ -f $u/state ] || { fail "failed to get domain '$u'"; return; }
	[ -f $ROOT/refuse/$verb-$u ] && { fail "Failed to $verb domain" "$(cat $ROOT/refuse/$verb-$u)"; return; }
	[ -f $ROOT/hang/$verb-$u ] && exec sleep 60
	read s r <$u/state
	[ $s = 5 ] && case $verb in shutdown|destroy) fail "Failed to $verb domain" 'Requested operation is not valid: domain is not running'; return;; esac
	case $verb in
	dumpxml) cat $u/definition; echo; echo;;
	start) [ $s = 5 ] || { fail 'Domain is already active'; return; }; echo 1 1 >$u/state; $ROOT/bin/emulate $u;;
	shutdown) [ -f $ROOT/deaf/$u ] || off $u 1;;
	destroy) if [ -f $ROOT/lies/$u ]; then echo 5 2 >$u/state; else off $u 2; fi;;
	esac
}
off() {
	[ -f $1/pid ] && kill -KILL $(cat $1/pid) 2>/dev/null
	rm -f $1/pid "$ROOT/run/libvirt/qemu/$(cat $1/name).pid"
	if [ -f $1/transient ]; then rm -r $1; else echo 5 $2 >$1/state; fi
}
if [ $# -gt 1 ]; then run "$@"; exit; fi
IFS=';'; set -- $1; unset IFS
for one in "$@"; do run $one; done
`;
/** A real process: its name is what the kernel shows, its arguments are what libvirt gives an emulator. */
export const EMULATE = `#!/bin/sh
n=$(cat $ROOT/guests/$1/name)
$ROOT/bin/qemu-system-x86_64 -c 'exec 3<>$0; read x <&3' $ROOT/never -name "guest=$n" -uuid $1 >/dev/null 2>&1 </dev/null &
echo $! >$ROOT/guests/$1/pid; echo $! >"$ROOT/run/libvirt/qemu/$n.pid"; echo $! >>$ROOT/pids
ln -s /proc/$! $ROOT/proc/$!
printf "<domstatus state='running' reason='booted' pid='$!'>\\n" | cat - $ROOT/guests/$1/definition >"$ROOT/run/libvirt/qemu/$n.xml"; echo '</domstatus>' >>"$ROOT/run/libvirt/qemu/$n.xml"
`;
