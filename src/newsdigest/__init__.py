"""newsdigest: from member feeds to one approved weekly digest, in German and English."""

__version__ = "0.1.0"
