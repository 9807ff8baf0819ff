"""What lists articles: feeds and sitemaps, from bytes to addresses and what is said of them."""
