"""One Markdown file per role, with $slots and variants per language and family."""
