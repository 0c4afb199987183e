"""Reports: functions from a ledger to figures, and from figures to a table or a JSON answer."""
