"""Worlds of the whole pipeline: the real jobs and gateway against the simulator's core, without HTTP."""
