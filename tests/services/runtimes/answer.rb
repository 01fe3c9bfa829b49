line = $stdin.gets
Thread.new { print "ruby:", line }.join
