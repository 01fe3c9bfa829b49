# Read by the zsh that offers.zsh types into: TAB writes what is offered to the file $ANSWERS/words.
fpath=(${SCRIPT:h} $fpath)
autoload -U compinit
compinit -u -d $ANSWERS/dump

compadd() {
  local -a found
  # With these options it is asked what would match, and adds nothing.
  if [[ ${(j: :)@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
    builtin compadd -A found "$@"
    (( $#found )) && print -rl -- $found >> $ANSWERS/words
  fi
  builtin compadd "$@"
}

answer() {
  zle offered
  BUFFER=
  print -r '<''DONE>'
}
zle -C offered list-choices _main_complete
zle -N answer
bindkey '^I' answer
print -r '<''READY>'
