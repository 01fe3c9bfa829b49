#!/bin/dash
# A guestbook, one line a command: READ, SIGN and some words, QUIT. The book is the file that the first argument names.
# Built-ins only, and nothing that forks, such as $(...) or a pipe: the policy has neither a second exec nor fork.
book=$1
trap '' XFSZ # a write to a full book is then an error, and no end of the session

sign() {
  if [ ${#1} -gt 200 ]; then
    echo 'Too long: 200 characters will do.'
    return
  fi
  case $1 in
    # Others will read this on their terminals, which take some characters for commands.
    *[![:print:]]*) echo 'Letters, digits and punctuation of ASCII only.' ;;
    *) { printf '%s: %s\n' "$TCPREMOTEIP" "$1" >>"$book" && echo 'Signed.'; } || echo 'The book is full.' ;;
  esac
}

show() {
  while IFS= read -r entry || [ -n "$entry" ]; do
    printf '%s\n' "$entry"
  done <"$book"
  echo .
}

echo 'Guestbook: READ, SIGN and your words, or QUIT.'
while IFS= read -r line; do
  line=${line%[[:cntrl:]]} # clients of this kind end a line with CR LF
  case $line in
    READ) show ;;
    'SIGN '?*) sign "${line#SIGN }" ;;
    QUIT) echo 'Good-bye.' && exit ;;
    *) echo 'READ, SIGN and your words, or QUIT.' ;;
  esac
done
