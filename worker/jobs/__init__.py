"""The job kinds, one file each."""
