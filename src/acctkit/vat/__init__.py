"""VAT: what each coded posting is, which return it belongs to, and what the boxes say.

`codes` reads a country's law from its data file, `sides` finds the coded postings, `boxes` fills boxes
with them, `returns` says which return each belongs to, `checks` lists what is doubtful, `show` draws a
return and `filing` makes what is sent. Amounts are in minor units of the base currency, with the sign the
boxes count: sales, purchases and tax are positive, credits negative.
"""
