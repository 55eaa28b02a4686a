"""Pages about messages: one module a page."""
