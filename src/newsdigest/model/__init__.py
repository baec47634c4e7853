"""What we talk about: frozen records in the words of the glossary (DESIGN.md, section 3)."""
