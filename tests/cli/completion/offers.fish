# Prints, for each line, the words that fish offers behind it with the completion in the file $argv[1], and then an empty line.
source $argv[1]
for line in $argv[2..]
    complete -C $line | string replace -r '\t.*' '' | sort -u
    echo
end
