# Read by the bash that offers.zsh types into: what is offered behind TAB is written to the file $ANSWERS/words.
source "$SCRIPT"

_answer() {
  _portcullis "$@"
  ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" > "$ANSWERS/words"
  printf '<DO''NE>' > /dev/tty
}
complete -F _answer portcullis
printf '<REA''DY>\n'
