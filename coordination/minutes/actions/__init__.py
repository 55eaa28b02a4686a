"""The only writers of the record: recording (while it runs), drafting, circulation, approval, sharing."""
