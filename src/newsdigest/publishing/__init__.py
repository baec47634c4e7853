"""Publishing: the same stories as channels and pages for the website."""
