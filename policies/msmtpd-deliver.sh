#!/bin/sh
# Puts the mail on descriptor 0 into the mailboxes of its recipients: deliver SENDER RECIPIENT...
# The exit codes are those of sysexits.h: msmtpd answers 451 to 75, so that the client tries again, and 554 to 67. It also answers 554
# when it cannot hand over the whole mail.

# What is there already is never opened to be written, and an address is no pattern.
set -C -f

if [ -z "${mail-}" ]; then
	sender=$1
	shift
	for recipient; do
		user=${recipient%%@*}
		case $user in '' | .* | */*) exit 67 ;; esac
		[ -d "/mail/$user/new" ] || exit 67
	done

	# Six letters by chance: who has taken a session over cannot guess the names of mails.
	mail=$(date +%s).$$_$(mktemp -u XXXXXX) || exit 75
	{
		printf 'Return-Path: <%s>\n' "$sender"
		cat
	} > "/mail/tmp/$mail" || {
		rm -f "/mail/tmp/$mail"
		exit 75
	}

	# A client that leaves in the middle of a mail ends msmtpd, and here that looks like the end of the mail. A shell learns who its
	# parent is when it starts, so it starts again.
	export mail
	exec "$0" "$@"
fi

# The gate is process 1: it has taken the place of an msmtpd that has ended.
status=75
if [ "$PPID" != 1 ]; then
	status=0
	for recipient; do
		mailbox=/mail/${recipient%%@*}/new
		# Who is named twice gets it once.
		[ -e "$mailbox/$mail" ] || ln "/mail/tmp/$mail" "$mailbox/$mail" || status=75
	done
fi
rm -f "/mail/tmp/$mail"
exit "$status"
