"""Previews and enqueues undos: what goes back, what stays, and the jobs that put it back."""
