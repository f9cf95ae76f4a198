# How every program of twinpool starts: the second line of each reads this file, with its name in $program.
# Where a file already holds the answer, node is not started; builtins of the shell only, so that no process is added (but the
# one that must be asked on DRBD 9).
# Whatever is not just as expected is left to the program itself. $TWINPOOL_ROOT is set in tests.

node=/usr/bin/node
here=/usr/lib/twinpool
marker=/run/twinpool/start
told=$TWINPOOL_ROOT/run/twinpool

# A name that is a file's name and nothing else.
plain() {
	case $1 in '' | .* | *[!A-Za-z0-9_.:-]*) return 1 ;; esac
}

# Whether a moment, in seconds since boot, is still to come.
ahead() {
	read -r now _ <"$TWINPOOL_ROOT/proc/uptime" && [ "${now%.*}" -lt "$1" ]
}

# Whether the process of this number, in the file $1, began when $2 says: the field is the 20th behind the command's name.
lives() {
	born=$2
	read -r stat <"$1" || return 1
	set -- ${stat##*) }
	[ "${20}" = "$born" ]
}

# The answer that the last monitor left (lib/cluster/answer.ts), as long as the kernel shows the same lines and the daemon that
# was told of it lives. Gives $code and $why.
stands() {
	IFS=' ' read -r until code pid born source name <&3 && IFS= read -r why <&3 && IFS= read -r want <&3 || return 1
	ahead "$until" && [ "$name" = "$OCF_RESKEY_drbd_resource" ] || return 1
	[ "$pid" = 0 ] || lives "$TWINPOOL_ROOT/proc/$pid/stat" "$born" || return 1
	case $source in
	proc) among <"$TWINPOOL_ROOT/proc/drbd" ;;
	events2) timeout 5 drbdsetup events2 --now "$name" | exactly ;;
	*) return 1 ;;
	esac
}

# Whether the wanted lines are among these, in this order.
among() {
	while IFS= read -r line; do
		[ "$line" = "$want" ] || continue
		IFS= read -r want <&3 || return 0
	done
	return 1
}

# Whether the wanted lines are these, and no others.
exactly() {
	while IFS= read -r line; do
		[ "$line" = "$want" ] || return 1
		IFS= read -r want <&3 || want=
	done
	[ -z "$want" ]
}

# What fence-peer is to answer, as the promotion that has the kernel ask it has just worked out (lib/fence/ahead.ts).
worked_out() {
	IFS=' ' read -r until code pid born peer <"$told/verdict-$DRBD_RESOURCE" || return 1
	[ "$peer" = "${DRBD_PEERS:-$DRBD_PEER}" ] && ahead "$until" && lives "/proc/$pid/stat" "$born"
}

# A disk failed, and I/O waits for the answer: a note, which the next monitor tells the cluster (lib/cluster/alarm.ts), and a line that
# the journal takes out of the kernel's log.
noted() {
	disk=${DRBD_BACKING_DEV:-$DRBD_LL_DISK}
	plain "$DRBD_RESOURCE" && [ -d "$told" ] && [ -n "$disk" ] || return 1
	case $disk in *[!A-Za-z0-9_.:/-]*) return 1 ;; esac
	note=$told/alarm-io-error-$DRBD_RESOURCE
	umask 077
	[ -e "$note" ] || printf 'new\nI/O error on %s\n' "$disk" >"$note" || return 1
	printf '<11>twinpool-local-io-error: {"event":"local-io-error","by":"launch","resource":"%s","code":0,"why":"I/O error on %s"}\n' \
		"$DRBD_RESOURCE" "$disk" >>"$TWINPOOL_ROOT/dev/kmsg"
}

case $program:$1 in
*:meta-data)
	# Pacemaker asks for it before a node's first start of a resource, while everybody waits.
	[ -r "$here/$program.xml" ] && exec cat "$here/$program.xml"
	;;
drbd:monitor)
	if [ "${OCF_RESKEY_CRM_meta_interval:-0}" != 0 ] && [ -r "$told/answer-$OCF_RESOURCE_INSTANCE" ] &&
		stands 3<"$told/answer-$OCF_RESOURCE_INSTANCE" 2>/dev/null; then
		[ -z "$why" ] || printf 'ocf-exit-reason:%s\n' "$why" >&2
		exit "$code"
	fi
	;;
zpool:monitor)
	state=$TWINPOOL_ROOT/proc/spl/kstat/zfs/$OCF_RESKEY_pool/state
	if plain "$OCF_RESKEY_pool" && [ -r "$state" ] && read -r word <"$state" && [ "$word" = ONLINE ]; then
		exit 0
	fi
	;;
alert:)
	# Pacemaker calls it for every operation and every attribute, most of them in the middle of a failover.
	case $CRM_alert_kind:$CRM_alert_attribute_name in
	attribute:twinpool-split-brain-* | attribute:twinpool-io-error-* | attribute:twinpool-out-of-sync-* | attribute:twinpool-quorum-lost-*) ;;
	attribute:* | node:*) exit 0 ;;
	resource:*) [ "$CRM_alert_status" != 0 ] || [ "$CRM_alert_rc" != "$CRM_alert_target_rc" ] || exit 0 ;;
	esac
	;;
handler:)
	case ${0##*/} in
	twinpool-fence-peer)
		if [ -z "$DRBD_MY_NODE_ID" ] && [ -r "$told/verdict-$DRBD_RESOURCE" ] && worked_out 2>/dev/null && umask 077 &&
			: >"$told/verdict-$DRBD_RESOURCE.taken"; then
			exit "$code"
		fi
		;;
	twinpool-local-io-error)
		noted 2>/dev/null && exit 0
		;;
	esac
	;;
esac

# The kernel asks fence-peer once. From one that was killed, by hand or for want of memory, it learns nothing, and it holds I/O
# until the peer is back: so that one is not left alone, and begun anew. Everything else takes this shell's place.
become() {
	case $program:${0##*/} in
	handler:twinpool-fence-peer)
		for again in 1 2; do
			"$@"
			code=$?
			[ "$code" -gt 128 ] || exit "$code"
		done
		;;
	esac
	exec "$@"
}

# A start-up snapshot that postinst made is used when it is of this very interpreter (same inode as the one it was made with) and
# has worked once since boot; else, and after any change, node reads the program itself.
blob=$here/start/$program
if [ -r "$blob" ] && [ "$here/start/interpreter" -ef "$here/start/kept" ]; then
	export NODE_NO_WARNINGS=1
	unset NODE_OPTIONS
	[ "$marker" -nt "$blob" ] || "$node" --snapshot-blob "$blob" "$0" start-check "$marker" </dev/null >/dev/null 2>&1
	[ "$marker" -nt "$blob" ] && become "$node" --snapshot-blob "$blob" "$0" "$@"
fi
become "$node" "$0" "$@"
