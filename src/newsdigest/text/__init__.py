"""Plain tools for words, links, dates and markup: text in, text out."""
