"""Pages of polls: the secretariat's, and the one that opens by a link."""
