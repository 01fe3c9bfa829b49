#!/bin/sh
# Answers a finger query (RFC 1288): one line with a name, then what /srv/finger/plans/NAME says.
# Built-ins only, and nothing that forks, such as $(...): the policy has neither a second exec nor fork.
IFS= read -r query
query=${query%[[:cntrl:]]} # a line of this protocol ends with CR LF
case $query in
  '' | *[!a-z0-9-]*)
    echo 'Ask for one name: small letters, digits and hyphens.'
    echo "refused a query from $TCPREMOTEIP" >&2
    exit 1
    ;;
esac
if [ ! -r "/srv/finger/plans/$query" ]; then
  echo "Nobody here is called $query."
  exit 0
fi
echo "Plan of $query:"
while IFS= read -r line || [ -n "$line" ]; do
  printf '%s\n' "$line"
done <"/srv/finger/plans/$query"
