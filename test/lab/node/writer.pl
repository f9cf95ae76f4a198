#!/usr/bin/perl
# Writes numbered records to a file of MOUNT, one every PACE seconds, each synced before its number is said; waits while the file's mount is not there.
# In: "from N" starts, "pause" stops. Out: "mounted", "gone", "N" for each record on stable storage, "lost REASON", "paused".
use strict;
use warnings;
use IO::Handle;
use IO::Select;
my ($run, $mount, $pace, $mounts) = @ARGV;
my $path = "$mount/records";
my ($next, $said, $buffer) = (undef, 0, '');
my $in = IO::Select->new(\*STDIN);
STDOUT->autoflush(1);

sub mounted {
	open(my $table, '<', $mounts // '/proc/mounts') or return 0;
	while (<$table>) { my @word = split; return 1 if $word[1] eq $mount; }
	return 0;
}

sub record {
	open(my $file, '>>', $path) or die "open: $!\n";
	my $line = sprintf("%d %s %s\n", $next, $run, 'x' x 200);
	syswrite($file, $line) == length($line) or die "write: $!\n";
	$file->sync or die "sync: $!\n";
	close($file) or die "close: $!\n";
	print $next++, "\n";
}

while (1) {
	if ($in->can_read(defined $next ? $pace : 0.1)) {
		sysread(STDIN, $buffer, 4096, length $buffer) or exit 0;
		while ($buffer =~ s/^(.*)\n//) {
			if ($1 =~ /^from (\d+)$/) { $next = $1 }
			elsif ($1 eq 'pause') { undef $next; print "paused\n" }
		}
	}
	my $here = mounted();
	# The other node may go on meanwhile: from where is asked anew.
	undef $next unless $here;
	print $here ? "mounted\n" : "gone\n" if $here != $said;
	$said = $here;
	next unless $here && defined $next;
	eval { record(); 1 } or do { chomp(my $why = $@); print "lost $why\n"; undef $next; $said = 0 };
}
