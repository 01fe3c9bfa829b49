my $line = <STDIN>;
kill 0, $$ or die "cannot signal itself: $!";
print "perl:$line";
