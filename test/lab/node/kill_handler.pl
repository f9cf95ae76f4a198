#!/usr/bin/perl
# Ends the fence-peer handler in the middle: when it has a child, which is when it asks the cluster or tells it something.
use strict;
use warnings;

sub first_line {
	open(my $file, '<', $_[0]) or return '';
	return <$file> // '';
}

sub handler {
	for my $folder (glob '/proc/[0-9]*') {
		return $folder =~ m{(\d+)$} if first_line("$folder/cmdline") =~ m{^/usr/bin/node\0.*twinpool-fence-peer};
	}
	return;
}

for (1 .. 1200) {
	my ($pid) = handler();
	while (defined $pid && -e "/proc/$pid") {
		if (first_line("/proc/$pid/task/$pid/children") ne '') {
			kill 'KILL', $pid;
			print "killed $pid\n";
			exit;
		}
		select undef, undef, undef, 0.01;
	}
	select undef, undef, undef, 0.05;
}
exit 1;
