"""Facts about the platform as data, with source, date and confidence. Imports no other package of the project."""
