#!/usr/bin/perl
# Ends one program in the middle: the first whose words PATTERN fits, with SIGKILL, or SIGNAL. CHILD: only while it has a child, which is
# when it asks the cluster or a tool, or tells it something. Waits for it for SECONDS.
use strict;
use warnings;
my ($pattern, $seconds, $child, $signal) = @ARGV;

sub first_line {
	open(my $file, '<', $_[0]) or return '';
	return <$file> // '';
}

sub program {
	for my $folder (glob '/proc/[0-9]*') {
		(my $words = first_line("$folder/cmdline")) =~ tr/\0/ /;
		return $folder =~ m{(\d+)$} if $words =~ m{^/usr/bin/node .*$pattern};
	}
	return;
}

for (my $end = time + $seconds; time < $end;) {
	my ($pid) = program();
	while (defined $pid && -e "/proc/$pid") {
		if (!$child || first_line("/proc/$pid/task/$pid/children") ne '') {
			kill $signal || 'KILL', $pid;
			print "killed $pid\n";
			exit;
		}
		select undef, undef, undef, 0.01;
	}
	select undef, undef, undef, 0.05;
}
exit 1;
