"""What entries mean: booked postings, balances, open items."""
