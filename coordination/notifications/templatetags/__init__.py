"""What pages of the steps below show of messages."""
