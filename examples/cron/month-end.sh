#!/bin/sh
# Month end, unattended: check the books, import, reconcile and code the bank, print the trial balance.
#
#   30 6 3 * *  ACCT_BOOK=/srv/books/harbourlane /srv/books/harbourlane/examples/cron/month-end.sh FILE
#
# FILE is the bank's file for the current account. Exit codes are acct's own: 0 all done, 1 the books
# have errors, 2 something was not done, 3 done, with items left for a person. Cron mails what is printed.
set -u

file=${1:?usage: month-end.sh STATEMENT-FILE}
account=Assets:Bank:Current
left=0

# run STEP...: stop at an error or a refusal; remember that items were left.
run() {
    "$@"
    code=$?
    case $code in
        0) ;;
        3) left=3 ;;
        1) echo "month end stopped: the books have errors ($*)" >&2; exit 1 ;;
        *) echo "month end stopped: not done, exit $code ($*)" >&2; exit "$code" ;;
    esac
}

run acct check
run acct import "$file" --account "$account"
run acct reconcile "$account" --auto
run acct code "$account" --auto
run acct tb -p "last month"

if [ "$left" -eq 3 ]; then
    echo "month end done; items are left for a person: acct reconcile $account, acct code $account" >&2
fi
exit "$left"
