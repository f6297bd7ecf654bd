"""The providers: each reaches models in one way, one streamed call at a time."""
