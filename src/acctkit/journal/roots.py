"""The five roots that the accounts of a chart stand under."""

ROOTS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")
