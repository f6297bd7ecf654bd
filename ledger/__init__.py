"""What happened: value types, events, the append-only store and receipts."""
