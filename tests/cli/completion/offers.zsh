# Types lines into an interactive shell ($1: bash or zsh) that has the completion in the file $2, and presses TAB behind
# each. Prints, for each line, the words that are offered, and then an empty line.
zmodload zsh/zpty
shell=$1 script=$2 answers=$(mktemp -d)
shift 2
if [[ $shell == zsh ]]; then zpty session zsh -f -i; else zpty session bash --norc -i; fi
zpty -w session "ANSWERS=$answers SCRIPT=$script; source ${0:a:h}/session.$shell"
zpty -r session output '*<READY>*'
for line in "$@"; do
  : > $answers/words
  zpty -w -n session "$line"$'\t'
  zpty -r session output '*<DONE>*'
  # Control-U: the line is empty again.
  zpty -w -n session $'\x15'
  sort -u $answers/words
  print
done
zpty -d session
rm -r $answers
