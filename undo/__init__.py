"""Previews undos (what would be restored, what stays) and enqueues their jobs."""
