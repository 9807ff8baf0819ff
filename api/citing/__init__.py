"""Citations in the forms that print asks for, links that open at the quote, and whether a quote still stands."""
