#!/usr/bin/perl
# Says every second what this node has: its boot, whether POOL is imported, or mounted where it is none, DRBD's role, the UUIDs of its emulators.
use strict;
use warnings;
my ($pool) = @ARGV;
$| = 1;

sub first_line {
	open(my $file, '<', $_[0]) or return '';
	my $line = <$file> // '';
	chomp $line;
	return $line;
}

sub mounted {
	open(my $mounts, '<', '/proc/mounts') or return 0;
	while (<$mounts>) { return 1 if (split)[1] eq "/$pool" }
	return 0;
}

sub role {
	open(my $file, '<', '/proc/drbd') or return 'none';
	while (<$file>) { return $1 if m{\bro:(\w+)/} }
	return 'none';
}

# The command line of an emulator only: reading a stranger's may block.
sub emulators {
	my @found;
	for my $folder (glob '/proc/[0-9]*') {
		next unless first_line("$folder/comm") =~ /^(qemu|kvm)/;
		my @word = split /\0/, first_line("$folder/cmdline");
		for (1 .. $#word) { push @found, $word[$_] if $word[$_ - 1] eq '-uuid' }
	}
	return join ',', @found;
}

my $boot = first_line('/proc/sys/kernel/random/boot_id');
while (1) {
	my $imported = -e "/proc/spl/kstat/zfs/$pool" || mounted() ? 'imported' : 'absent';
	print join(' ', $boot, $imported, role(), emulators() || '-'), "\n" or exit;
	sleep 1;
}
